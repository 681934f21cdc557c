DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'org_app') THEN
    CREATE ROLE org_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.departments (
  company text NOT NULL,
  code text NOT NULL CHECK (code = upper(code)),
  head integer NOT NULL,
  PRIMARY KEY (company, code)
);
CREATE TABLE public.employees (
  company text NOT NULL,
  number integer NOT NULL,
  department text NOT NULL,
  PRIMARY KEY (company, number),
  FOREIGN KEY (company, department) REFERENCES public.departments DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE public.departments ADD FOREIGN KEY (company, head) REFERENCES public.employees DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE public.departments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.departments FORCE ROW LEVEL SECURITY;
ALTER TABLE public.employees ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.employees FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.departments TO org_app USING (company = nullif(current_setting('org.company', true), ''));
CREATE POLICY own ON public.employees TO org_app USING (company = nullif(current_setting('org.company', true), ''));
GRANT SELECT, INSERT, UPDATE, DELETE ON public.departments, public.employees TO org_app;
