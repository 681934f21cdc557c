DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gallery_app') THEN
    CREATE ROLE gallery_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT statement_timestamp(),
  curator text DEFAULT nullif(current_setting('gallery.curator', true), ''),
  relation regclass NOT NULL,
  op text NOT NULL,
  id_of_row uuid NOT NULL,
  old_row text,
  new_row text
);
CREATE FUNCTION audit.a_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (relation, op, id_of_row, old_row, new_row)
  VALUES (TG_RELID, TG_OP, coalesce(NEW.id, OLD.id), to_jsonb(OLD)::text, to_jsonb(NEW)::text);
  RETURN NULL;
END;
$$;
CREATE TABLE public.works (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  title text NOT NULL,
  width_cm numeric(6, 1) NOT NULL DEFAULT 1,
  height_cm numeric(6, 1) NOT NULL DEFAULT 1,
  area numeric GENERATED ALWAYS AS (width_cm * height_cm) STORED,
  slug text,
  updated_at timestamptz
);
CREATE FUNCTION public.z_tidy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.title := btrim(NEW.title);
  NEW.slug := lower(replace(NEW.title, ' ', '-'));
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END;
$$;
CREATE TRIGGER a_record AFTER INSERT OR UPDATE OR DELETE ON public.works FOR EACH ROW EXECUTE FUNCTION audit.a_record();
CREATE TRIGGER z_tidy BEFORE INSERT OR UPDATE ON public.works FOR EACH ROW EXECUTE FUNCTION public.z_tidy();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.works TO gallery_app;
