DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'payroll_app') THEN
    CREATE ROLE payroll_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_by name DEFAULT current_user,
  table_name text NOT NULL,
  operation text NOT NULL,
  record_id text,
  old_values jsonb,
  new_values jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (table_name, operation, record_id, old_values, new_values)
  VALUES (TG_RELID::regclass, TG_OP, coalesce(NEW.id, OLD.id), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
CREATE TABLE public.salaries (
  id integer PRIMARY KEY,
  person text NOT NULL,
  amount numeric
);
CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.salaries FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.salaries TO payroll_app;
