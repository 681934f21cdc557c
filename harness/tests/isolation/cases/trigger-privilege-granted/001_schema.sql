DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pay_app') THEN
    CREATE ROLE pay_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.payments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant integer NOT NULL,
  card text NOT NULL
);
ALTER TABLE public.payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.payments FORCE ROW LEVEL SECURITY;
CREATE POLICY merchant ON public.payments TO pay_app USING (merchant = nullif(current_setting('pay.merchant', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE, TRIGGER ON public.payments TO pay_app;
