DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'erp_app') THEN
    CREATE ROLE erp_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.companies (
  company_id integer PRIMARY KEY,
  name text NOT NULL
);
CREATE TABLE public.articles (
  company_id integer NOT NULL REFERENCES public.companies,
  sku text NOT NULL CHECK (sku ~ '^[A-Z]{2}-[0-9]{4}$'),
  PRIMARY KEY (company_id, sku)
);
CREATE TABLE public.orders (
  company_id integer NOT NULL REFERENCES public.companies,
  order_no integer NOT NULL,
  PRIMARY KEY (company_id, order_no)
);
CREATE TABLE public.order_lines (
  company_id integer NOT NULL,
  order_no integer NOT NULL,
  line_no smallint NOT NULL,
  sku text NOT NULL,
  PRIMARY KEY (company_id, order_no, line_no),
  FOREIGN KEY (company_id, order_no) REFERENCES public.orders ON DELETE CASCADE,
  FOREIGN KEY (company_id, sku) REFERENCES public.articles ON UPDATE CASCADE
);
ALTER TABLE public.companies ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.companies FORCE ROW LEVEL SECURITY;
ALTER TABLE public.articles ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.articles FORCE ROW LEVEL SECURITY;
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orders FORCE ROW LEVEL SECURITY;
ALTER TABLE public.order_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.order_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.companies FOR SELECT TO erp_app USING (company_id = nullif(current_setting('erp.company', true), '')::integer);
CREATE POLICY own ON public.articles TO erp_app USING (company_id = nullif(current_setting('erp.company', true), '')::integer);
CREATE POLICY own ON public.orders TO erp_app USING (company_id = nullif(current_setting('erp.company', true), '')::integer);
CREATE POLICY own ON public.order_lines TO erp_app USING (company_id = nullif(current_setting('erp.company', true), '')::integer);
GRANT SELECT ON public.companies TO erp_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON public.articles, public.orders, public.order_lines TO erp_app;
