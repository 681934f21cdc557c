DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'parcel_app') THEN
    CREATE ROLE parcel_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA cold;
CREATE TABLE public.deliveries (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  recipient text NOT NULL,
  signature bytea,
  delivered_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE cold.deliveries (
  id uuid PRIMARY KEY,
  recipient text NOT NULL,
  signature bytea,
  delivered_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON public.deliveries TO parcel_app;
CREATE FUNCTION cold.move_deliveries() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_one public.deliveries;
  v_moved integer := 0;
BEGIN
  FOR v_one IN DELETE FROM public.deliveries WHERE delivered_at < now() - interval '100 days' RETURNING * LOOP
    INSERT INTO cold.deliveries (id, recipient, delivered_at) VALUES (v_one.id, v_one.recipient, v_one.delivered_at);
    v_moved := v_moved + 1;
  END LOOP;
  RETURN v_moved;
END;
$$;
REVOKE EXECUTE ON FUNCTION cold.move_deliveries() FROM PUBLIC;
