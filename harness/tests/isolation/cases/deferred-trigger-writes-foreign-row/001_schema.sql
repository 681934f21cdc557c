DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ar_app') THEN
    CREATE ROLE ar_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.invoices (
  id integer PRIMARY KEY,
  firm_id integer NOT NULL,
  paid numeric NOT NULL DEFAULT 0
);
CREATE TABLE public.payments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  firm_id integer NOT NULL,
  invoice_no integer NOT NULL,
  amount numeric NOT NULL
);
ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.invoices FORCE ROW LEVEL SECURITY;
ALTER TABLE public.payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.payments FORCE ROW LEVEL SECURITY;
CREATE POLICY firm ON public.invoices FOR SELECT TO ar_app USING (firm_id = nullif(current_setting('ar.firm', true), '')::integer);
CREATE POLICY firm ON public.payments TO ar_app USING (firm_id = nullif(current_setting('ar.firm', true), '')::integer);
CREATE FUNCTION public.book_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.invoices SET paid = paid + NEW.amount WHERE id = NEW.invoice_no;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.book_payment() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER book_payment AFTER INSERT ON public.payments
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.book_payment();
GRANT SELECT ON public.invoices TO ar_app;
GRANT SELECT, INSERT ON public.payments TO ar_app;
