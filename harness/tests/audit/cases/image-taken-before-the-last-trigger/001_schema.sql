DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'signup_app') THEN
    CREATE ROLE signup_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text,
  table_name text NOT NULL,
  op text NOT NULL,
  row_id text NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (actor, table_name, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('signup.operator', true), ''), TG_TABLE_NAME, TG_OP, coalesce(NEW.id, OLD.id)::text, to_jsonb(OLD), to_jsonb(NEW));
  RETURN coalesce(NEW, OLD);
END;
$$;
CREATE TABLE public.subscribers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL,
  mobile text
);
CREATE FUNCTION public.tidy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.email := lower(btrim(NEW.email));
  NEW.mobile := regexp_replace(NEW.mobile, '[^0-9+]', '', 'g');
  RETURN NEW;
END;
$$;
CREATE TRIGGER a_record BEFORE UPDATE OR DELETE ON public.subscribers FOR EACH ROW EXECUTE FUNCTION audit.record();
CREATE TRIGGER record_new AFTER INSERT ON public.subscribers FOR EACH ROW EXECUTE FUNCTION audit.record();
CREATE TRIGGER tidy BEFORE INSERT OR UPDATE ON public.subscribers FOR EACH ROW EXECUTE FUNCTION public.tidy();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.subscribers TO signup_app;
