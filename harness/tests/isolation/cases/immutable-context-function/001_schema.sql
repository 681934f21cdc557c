DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bank_app') THEN
    CREATE ROLE bank_app NOLOGIN;
  END IF;
END
$$;
CREATE FUNCTION public.current_account() RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN nullif(current_setting('bank.account', true), '')::bigint;
END;
$$;
CREATE TABLE public.bookings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_no bigint NOT NULL,
  cents bigint NOT NULL
);
ALTER TABLE public.bookings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.bookings FORCE ROW LEVEL SECURITY;
CREATE POLICY account ON public.bookings TO bank_app USING (account_no = public.current_account());
GRANT SELECT, INSERT ON public.bookings TO bank_app;
