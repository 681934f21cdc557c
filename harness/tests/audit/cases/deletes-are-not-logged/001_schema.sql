DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
    CREATE ROLE desk_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA history;
CREATE TABLE history.entries (
  entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recorded timestamptz NOT NULL DEFAULT now(),
  by_whom text,
  relation text NOT NULL,
  action text NOT NULL,
  row_key text,
  before jsonb,
  after jsonb
);
CREATE FUNCTION history.keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO history.entries (by_whom, relation, action, row_key, before, after)
  VALUES (nullif(current_setting('desk.librarian', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.loan_id, OLD.loan_id)::text,
          CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION history.keep() FROM PUBLIC;
CREATE TABLE public.loans (
  loan_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  borrower text NOT NULL,
  due date
);
CREATE TRIGGER keep AFTER INSERT OR UPDATE ON public.loans FOR EACH ROW EXECUTE FUNCTION history.keep();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.loans TO desk_app;
