DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'post_app') THEN
    CREATE ROLE post_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA trail;
CREATE TABLE trail.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  logged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  clerk text,
  relation text NOT NULL,
  verb text NOT NULL,
  row_key text,
  was jsonb,
  is_now jsonb
);
CREATE FUNCTION trail.keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO trail.log (clerk, relation, verb, row_key, was, is_now)
  VALUES (nullif(current_setting('post.clerk', true), ''), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, TG_OP, coalesce(OLD.id, NEW.id) || ',' || coalesce(OLD.region, NEW.region), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION trail.keep() FROM PUBLIC;

CREATE TABLE public.letters (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  region text NOT NULL,
  sender text,
  PRIMARY KEY (id, region)
) PARTITION BY LIST (region);
CREATE TABLE public.letters_north PARTITION OF public.letters FOR VALUES IN ('north');
CREATE TABLE public.letters_rest PARTITION OF public.letters DEFAULT;
CREATE TRIGGER keep AFTER INSERT OR UPDATE OR DELETE ON public.letters FOR EACH ROW EXECUTE FUNCTION trail.keep();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.letters TO post_app;
