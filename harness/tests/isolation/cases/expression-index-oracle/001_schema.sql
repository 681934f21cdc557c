DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'coupon_app') THEN
    CREATE ROLE coupon_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.coupons (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shop text NOT NULL,
  code text NOT NULL CHECK (code ~ '^[A-Za-z0-9]{4,20}$'),
  percent integer NOT NULL DEFAULT 10 CHECK (percent BETWEEN 1 AND 100)
);
CREATE UNIQUE INDEX coupons_code ON public.coupons (lower(code));
ALTER TABLE public.coupons ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.coupons FORCE ROW LEVEL SECURITY;
CREATE POLICY shop ON public.coupons TO coupon_app USING (shop = nullif(current_setting('coupon.shop', true), ''));
GRANT SELECT, INSERT ON public.coupons TO coupon_app;
