DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hr_app') THEN
    CREATE ROLE hr_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.employees (
  user_id uuid PRIMARY KEY,
  company_id integer NOT NULL
);
CREATE TABLE public.salaries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company_id integer NOT NULL,
  amount numeric NOT NULL
);
ALTER TABLE public.employees ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.employees FORCE ROW LEVEL SECURITY;
ALTER TABLE public.salaries ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.salaries FORCE ROW LEVEL SECURITY;
CREATE FUNCTION public.my_company() RETURNS integer LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
BEGIN
  RETURN (SELECT company_id FROM employees WHERE user_id = nullif(current_setting('hr.user_id', true), '')::uuid);
END;
$$;
CREATE POLICY own ON public.employees FOR SELECT TO hr_app USING (user_id = nullif(current_setting('hr.user_id', true), '')::uuid);
CREATE POLICY company ON public.salaries FOR SELECT TO hr_app USING (company_id = public.my_company());
GRANT SELECT ON public.employees, public.salaries TO hr_app;
