DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'clinic_app') THEN
    CREATE ROLE clinic_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE SCHEMA privacy;
CREATE TABLE public.patients (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text,
  full_name text,
  ward smallint
);
CREATE TABLE audit.changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  relation text NOT NULL,
  row_id text NOT NULL,
  before jsonb,
  after jsonb,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION audit.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.changes (relation, row_id, before, after)
  VALUES (TG_TABLE_NAME, coalesce(NEW.id, OLD.id)::text, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.note_change() FROM PUBLIC;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON public.patients FOR EACH ROW EXECUTE FUNCTION audit.note_change();
GRANT SELECT, INSERT, UPDATE ON public.patients TO clinic_app;
CREATE FUNCTION privacy.forget_patient(p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE audit.changes SET before = NULL, after = NULL WHERE relation = 'patients' AND row_id = p_id::text;
  UPDATE public.patients SET email = NULL, full_name = NULL WHERE id = p_id;
END;
$$;
REVOKE EXECUTE ON FUNCTION privacy.forget_patient(bigint) FROM PUBLIC;
