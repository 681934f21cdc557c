DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_web') THEN
    CREATE ROLE shop_web NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id uuid NOT NULL UNIQUE,
  email text NOT NULL,
  password_hash text NOT NULL
);
GRANT SELECT (id, email) ON public.customers TO shop_web;
