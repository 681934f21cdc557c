DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'auction_app') THEN
    CREATE ROLE auction_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.bids (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bidder_id uuid NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0)
);
ALTER TABLE public.bids ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.bids FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON public.bids TO auction_app USING (bidder_id = nullif(current_setting('auction.bidder', true), '')::uuid);
GRANT SELECT, INSERT ON public.bids TO auction_app;
CREATE FUNCTION public.highest_bid() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT max(amount) FROM public.bids $$;
