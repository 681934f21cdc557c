DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'clinic_app') THEN
    CREATE ROLE clinic_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  who text NOT NULL,
  tab text NOT NULL,
  op text NOT NULL,
  pk text NOT NULL,
  o jsonb,
  n jsonb
);
CREATE TABLE public.findings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label text NOT NULL UNIQUE,
  made_by text NOT NULL DEFAULT 'nobody',
  made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE FUNCTION audit.who() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
RETURN coalesce(nullif(current_setting('clinic.person', true), ''), 'nobody');
CREATE FUNCTION audit.keep_maker() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.made_by := audit.who();
    NEW.made_at := clock_timestamp();
  ELSE
    NEW.made_by := OLD.made_by;
    NEW.made_at := OLD.made_at;
  END IF;
  RETURN NEW;
END;
$$;
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (who, tab, op, pk, o, n)
  VALUES (audit.who(), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(NEW.id, OLD.id), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
CREATE TRIGGER keep_maker BEFORE INSERT OR UPDATE ON public.findings FOR EACH ROW EXECUTE FUNCTION audit.keep_maker();
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.findings FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.findings TO clinic_app;
