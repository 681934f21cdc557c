DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'depot_app') THEN
    CREATE ROLE depot_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.journal (
  no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text,
  tab name NOT NULL,
  op char(1) NOT NULL CHECK (op IN ('I', 'U', 'D')),
  id text NOT NULL,
  was json,
  is_now json
);
CREATE FUNCTION audit.on_insert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.journal (actor, tab, op, id, is_now)
  VALUES (nullif(current_setting('depot.person', true), ''), TG_TABLE_NAME, 'I', NEW.id::text, row_to_json(NEW));
  RETURN NULL;
END;
$$;
CREATE FUNCTION audit.on_update() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.journal (actor, tab, op, id, was, is_now)
  VALUES (nullif(current_setting('depot.person', true), ''), TG_TABLE_NAME, 'U', OLD.id::text, row_to_json(OLD), row_to_json(NEW));
  RETURN NULL;
END;
$$;
CREATE FUNCTION audit.on_delete() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.journal (actor, tab, op, id, was)
  VALUES (nullif(current_setting('depot.person', true), ''), TG_TABLE_NAME, 'D', OLD.id::text, row_to_json(OLD));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.on_insert(), audit.on_update(), audit.on_delete() FROM PUBLIC;
CREATE TABLE public.crates (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  label text NOT NULL UNIQUE,
  weight numeric
);
CREATE TABLE public.seals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  crate_id bigint NOT NULL REFERENCES public.crates ON DELETE CASCADE,
  replaced_by bigint REFERENCES public.seals ON DELETE SET NULL,
  number text NOT NULL
);
CREATE TRIGGER on_insert AFTER INSERT ON public.crates FOR EACH ROW EXECUTE FUNCTION audit.on_insert();
CREATE TRIGGER on_update AFTER UPDATE ON public.crates FOR EACH ROW EXECUTE FUNCTION audit.on_update();
CREATE TRIGGER on_delete AFTER DELETE ON public.crates FOR EACH ROW EXECUTE FUNCTION audit.on_delete();
CREATE TRIGGER on_insert AFTER INSERT ON public.seals FOR EACH ROW EXECUTE FUNCTION audit.on_insert();
CREATE TRIGGER on_update AFTER UPDATE ON public.seals FOR EACH ROW EXECUTE FUNCTION audit.on_update();
CREATE TRIGGER on_delete AFTER DELETE ON public.seals FOR EACH ROW EXECUTE FUNCTION audit.on_delete();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.crates, public.seals TO depot_app;
