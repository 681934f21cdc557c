DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dialer') THEN
    CREATE ROLE dialer NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.callees (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  team_id integer NOT NULL,
  phone text NOT NULL
);
ALTER TABLE public.callees ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.callees FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.current_team() RETURNS integer LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('dialer.team', true), '')::integer $$;
CREATE POLICY team ON public.callees TO dialer USING (team_id = public.current_team());
CREATE FUNCTION public.normal_phone(p text) RETURNS text LANGUAGE plpgsql IMMUTABLE LEAKPROOF COST 1 AS $$
BEGIN
  IF p !~ '^\+[0-9]+$' THEN
    RAISE NOTICE 'not in E.164: %', p;
  END IF;
  RETURN regexp_replace(p, '[^0-9+]', '', 'g');
END;
$$;
GRANT SELECT, INSERT ON public.callees TO dialer;
