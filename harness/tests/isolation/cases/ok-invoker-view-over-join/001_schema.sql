DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sales_app') THEN
    CREATE ROLE sales_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.orders (
  branch smallint NOT NULL,
  no integer NOT NULL,
  PRIMARY KEY (branch, no)
);
CREATE TABLE public.lines (
  branch smallint NOT NULL,
  no integer NOT NULL,
  pos integer NOT NULL,
  amount numeric NOT NULL,
  PRIMARY KEY (branch, no, pos),
  FOREIGN KEY (branch, no) REFERENCES public.orders ON DELETE CASCADE
);
ALTER TABLE public.orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.orders FORCE ROW LEVEL SECURITY;
ALTER TABLE public.lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.lines FORCE ROW LEVEL SECURITY;
CREATE POLICY branch ON public.orders TO sales_app USING (branch = nullif(current_setting('sales.branch', true), '')::smallint);
CREATE POLICY branch ON public.lines TO sales_app USING (branch = nullif(current_setting('sales.branch', true), '')::smallint);
CREATE VIEW public.order_totals WITH (security_invoker = true) AS
  SELECT o.branch, o.no, COALESCE(sum(l.amount), 0) AS total
  FROM public.orders o LEFT JOIN public.lines l USING (branch, no)
  GROUP BY o.branch, o.no;
GRANT SELECT, INSERT, DELETE ON public.orders, public.lines TO sales_app;
GRANT SELECT ON public.order_totals TO sales_app;
