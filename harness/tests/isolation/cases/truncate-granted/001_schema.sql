DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cart_app') THEN
    CREATE ROLE cart_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.carts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id integer NOT NULL,
  items jsonb NOT NULL DEFAULT '{}'
);
ALTER TABLE public.carts ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.carts FORCE ROW LEVEL SECURITY;
CREATE POLICY customer ON public.carts TO cart_app USING (customer_id = nullif(current_setting('cart.customer', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON public.carts TO cart_app;
