DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'payroll_app') THEN
    CREATE ROLE payroll_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.staff (
  org_id integer NOT NULL,
  user_id integer NOT NULL,
  role text NOT NULL CHECK (role IN ('employee', 'admin')),
  PRIMARY KEY (org_id, user_id)
);
CREATE TABLE public.payroll (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id integer NOT NULL,
  salary numeric NOT NULL
);
ALTER TABLE public.staff ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.staff FORCE ROW LEVEL SECURITY;
ALTER TABLE public.payroll ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.payroll FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.staff FOR SELECT TO payroll_app
  USING (user_id = nullif(current_setting('app.current_user_id', true), '')::integer);
CREATE POLICY admins ON public.payroll FOR SELECT TO payroll_app
  USING (EXISTS (SELECT 1 FROM public.staff s WHERE s.user_id = nullif(current_setting('app.current_user_id', true), '')::integer AND s.role = 'admin'));
GRANT SELECT ON public.staff, public.payroll TO payroll_app;
