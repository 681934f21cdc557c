DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ferry_app') THEN
    CREATE ROLE ferry_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA cellar;
CREATE TABLE public.harbours (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL
);
CREATE TABLE public.crossings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  harbour_id bigint REFERENCES public.harbours ON DELETE SET NULL,
  captain text NOT NULL,
  sailed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE cellar.crossings (
  id bigint PRIMARY KEY,
  harbour_id bigint,
  harbour text,
  captain text NOT NULL,
  sailed_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON public.harbours, public.crossings TO ferry_app;
CREATE FUNCTION cellar.move_crossings() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM public.crossings WHERE sailed_at < now() - interval '60 days' RETURNING *
  ), moved AS (
    INSERT INTO cellar.crossings (id, harbour_id, harbour, captain, sailed_at)
    SELECT g.id, g.harbour_id, h.name, g.captain, g.sailed_at
    FROM gone g JOIN public.harbours h ON h.id = g.harbour_id
  )
  SELECT count(*) FROM gone
$$;
REVOKE EXECUTE ON FUNCTION cellar.move_crossings() FROM PUBLIC;
