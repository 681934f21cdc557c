DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'atelier_app') THEN
    CREATE ROLE atelier_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA versions;
CREATE TABLE versions.versions (
  id bigserial PRIMARY KEY,
  item_type varchar NOT NULL,
  item_id varchar NOT NULL,
  event varchar NOT NULL,
  whodunnit varchar,
  object jsonb,
  object_changes jsonb,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE FUNCTION versions.keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
  is_now jsonb := to_jsonb(NEW);
BEGIN
  INSERT INTO versions.versions (item_type, item_id, event, whodunnit, object, object_changes)
  VALUES (TG_TABLE_NAME, coalesce(was, is_now) ->> 'id', lower(TG_OP), nullif(current_setting('atelier.user_id', true), ''), was,
          (SELECT jsonb_object_agg(key, jsonb_build_array(was -> key, is_now -> key)) FROM jsonb_object_keys(is_now) key
           WHERE TG_OP = 'UPDATE' AND was -> key IS DISTINCT FROM is_now -> key));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION versions.keep() FROM PUBLIC;
CREATE TABLE public.garments (
  id bigserial PRIMARY KEY,
  name varchar NOT NULL,
  size varchar,
  price numeric,
  tags text[],
  created_at timestamp NOT NULL DEFAULT now()
);
CREATE TRIGGER keep_ends AFTER INSERT OR DELETE ON public.garments FOR EACH ROW EXECUTE FUNCTION versions.keep();
CREATE TRIGGER keep_changes AFTER UPDATE ON public.garments FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION versions.keep();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.garments TO atelier_app;
GRANT USAGE ON SEQUENCE public.garments_id_seq TO atelier_app;
