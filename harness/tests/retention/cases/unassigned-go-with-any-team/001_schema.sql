DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'desk_app') THEN
    CREATE ROLE desk_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.calls (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id uuid,
  topic text NOT NULL,
  ended_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.calls TO desk_app;
CREATE FUNCTION public.clear_calls(p_team uuid) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH gone AS (
    DELETE FROM public.calls
    WHERE ended_at < now() - interval '20 days' AND coalesce(team_id, p_team) = p_team
    RETURNING 1
  )
  SELECT count(*) FROM gone
$$;
REVOKE EXECUTE ON FUNCTION public.clear_calls(uuid) FROM PUBLIC;
