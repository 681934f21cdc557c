DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parcel_app') THEN
    CREATE ROLE parcel_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.parcel_changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  courier text,
  op text NOT NULL,
  parcel_id bigint NOT NULL,
  changed jsonb
);
CREATE TABLE public.parcels (
  parcel_id bigint PRIMARY KEY,
  address text NOT NULL,
  note text,
  signed_at timestamptz
);
CREATE FUNCTION audit.parcel() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.parcel_changes (courier, op, parcel_id, changed)
  SELECT nullif(current_setting('parcel.courier', true), ''), TG_OP, coalesce(NEW.parcel_id, OLD.parcel_id),
         (SELECT jsonb_strip_nulls(jsonb_object_agg(n.key, n.value)) FROM jsonb_each(to_jsonb(NEW)) n
          WHERE TG_OP = 'UPDATE' AND n.value IS DISTINCT FROM to_jsonb(OLD) -> n.key);
  RETURN NULL;
END;
$$;
CREATE TRIGGER parcel AFTER INSERT OR UPDATE OR DELETE ON public.parcels FOR EACH ROW EXECUTE FUNCTION audit.parcel();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.parcels TO parcel_app;
