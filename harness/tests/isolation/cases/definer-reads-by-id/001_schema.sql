DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'till_app') THEN
    CREATE ROLE till_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.receipts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  merchant_id uuid NOT NULL,
  lines jsonb NOT NULL DEFAULT '[]'
);
ALTER TABLE public.receipts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.receipts FORCE ROW LEVEL SECURITY;
CREATE POLICY merchant ON public.receipts TO till_app
  USING (merchant_id = nullif(current_setting('till.merchant', true), '')::uuid);
GRANT SELECT, INSERT ON public.receipts TO till_app;
CREATE FUNCTION public.get_receipt(p_id bigint) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ SELECT jsonb_build_object('id', r.id, 'lines', r.lines) FROM public.receipts r WHERE r.id = p_id $$;
