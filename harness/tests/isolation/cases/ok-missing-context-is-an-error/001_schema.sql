DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'wallet_api') THEN
    CREATE ROLE wallet_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.wallets (
  holder uuid NOT NULL DEFAULT current_setting('wallet.holder')::uuid,
  currency text NOT NULL CHECK (currency IN ('EUR', 'USD', 'CHF')),
  cents bigint NOT NULL DEFAULT 0 CHECK (cents >= 0),
  PRIMARY KEY (holder, currency)
);
ALTER TABLE public.wallets ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.wallets FORCE ROW LEVEL SECURITY;
CREATE POLICY holder ON public.wallets TO wallet_api USING (holder = current_setting('wallet.holder')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.wallets TO wallet_api;
