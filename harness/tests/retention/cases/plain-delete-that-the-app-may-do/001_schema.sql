DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kitchen_app') THEN
    CREATE ROLE kitchen_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kitchen_night') THEN
    CREATE ROLE kitchen_night NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.order_slips (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dish text NOT NULL,
  ordered_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, DELETE ON public.order_slips TO kitchen_night;
GRANT ALL ON public.order_slips TO kitchen_app;
