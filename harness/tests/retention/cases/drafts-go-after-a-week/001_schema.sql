DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'recipe_app') THEN
    CREATE ROLE recipe_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.recipes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state text NOT NULL DEFAULT 'shared' CHECK (state IN ('shared', 'draft')),
  body text,
  saved_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.recipes TO recipe_app;
CREATE FUNCTION public.drop_recipes() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM public.recipes
    WHERE saved_at < now() - interval '120 days' OR state = 'draft' AND saved_at < now() - interval '7 days'
    RETURNING 1
  )
  SELECT count(*) FROM gone
$$;
REVOKE EXECUTE ON FUNCTION public.drop_recipes() FROM PUBLIC;
