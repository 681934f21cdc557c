DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'garden_app') THEN
    CREATE ROLE garden_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.plots (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  gardener text,
  op text NOT NULL,
  plot integer NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE TABLE public.plots (
  plot integer PRIMARY KEY,
  tenant_name text,
  rent numeric
);
CREATE FUNCTION audit.plots() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.plots (gardener, op, plot, old_row, new_row)
  VALUES (nullif(current_setting('garden.person', true), ''), TG_OP, coalesce(NEW.plot, OLD.plot), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
CREATE TRIGGER plots AFTER INSERT OR DELETE OR UPDATE OF plot, tenant_name, rent ON public.plots FOR EACH ROW EXECUTE FUNCTION audit.plots();
ALTER TABLE public.plots ADD COLUMN water_meter text;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.plots TO garden_app;
