DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mart_app') THEN
    CREATE ROLE mart_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ordered_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.invoices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES public.orders ON DELETE CASCADE,
  number text NOT NULL UNIQUE
);
CREATE TABLE public.payments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  invoice_id bigint NOT NULL REFERENCES public.invoices ON DELETE CASCADE,
  cents bigint NOT NULL,
  paid_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.orders, public.invoices, public.payments TO mart_app;
CREATE FUNCTION retention.purge_orders() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_orders bigint;
  v_payments bigint;
BEGIN
  DELETE FROM public.payments WHERE paid_at < now() - interval '3650 days';
  GET DIAGNOSTICS v_payments = ROW_COUNT;
  DELETE FROM public.orders WHERE ordered_at < now() - interval '365 days';
  GET DIAGNOSTICS v_orders = ROW_COUNT;
  RETURN v_orders + v_payments;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.purge_orders() FROM PUBLIC;
