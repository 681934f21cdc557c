DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'branch_app') THEN
    CREATE ROLE branch_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA custom;
GRANT USAGE, CREATE ON SCHEMA custom TO branch_app;
DO $$
BEGIN
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
CREATE TABLE public.clerks (
  clerk_id integer PRIMARY KEY,
  branch_id integer NOT NULL
);
CREATE TABLE public.accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  branch_id integer NOT NULL,
  holder text NOT NULL
);
ALTER TABLE public.clerks ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.clerks FORCE ROW LEVEL SECURITY;
ALTER TABLE public.accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.accounts FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.my_branch() RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = custom, public, pg_temp AS $$
BEGIN
  RETURN (SELECT branch_id FROM clerks WHERE clerk_id = nullif(current_setting('branch.clerk', true), '')::integer);
END;
$$;
CREATE POLICY self ON public.clerks FOR SELECT TO branch_app USING (clerk_id = nullif(current_setting('branch.clerk', true), '')::integer);
CREATE POLICY branch ON public.accounts FOR SELECT TO branch_app USING (branch_id = public.my_branch());
GRANT SELECT ON public.clerks, public.accounts TO branch_app;
