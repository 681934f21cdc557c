DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'erp_api') THEN
    CREATE ROLE erp_api NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO erp_api;
CREATE FUNCTION app.enter(p_tenant bigint, p_trace text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.mandant', p_tenant::text, true);
  PERFORM set_config('app.trace', p_trace, false);
END;
$$;
CREATE FUNCTION app.mandant() RETURNS bigint LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.mandant', true), '')::bigint $$;
CREATE TABLE public.vouchers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  mandant bigint NOT NULL DEFAULT app.mandant(),
  cents bigint NOT NULL
);
ALTER TABLE public.vouchers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.vouchers FORCE ROW LEVEL SECURITY;
CREATE POLICY mandant ON public.vouchers TO erp_api USING (mandant = app.mandant());
GRANT SELECT, INSERT, UPDATE, DELETE ON public.vouchers TO erp_api;
