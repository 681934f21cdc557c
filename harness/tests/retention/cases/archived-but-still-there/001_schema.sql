DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tender_app') THEN
    CREATE ROLE tender_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA archive;
CREATE SCHEMA retention;
CREATE TABLE public.bids (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bidder text NOT NULL,
  cents bigint NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE archive.bids (LIKE public.bids);
ALTER TABLE archive.bids ADD PRIMARY KEY (id);
GRANT SELECT, INSERT ON public.bids TO tender_app;
CREATE FUNCTION retention.archive_bids(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_moved bigint;
BEGIN
  INSERT INTO archive.bids SELECT * FROM public.bids WHERE placed_at < now() - make_interval(days => p_days)
  ON CONFLICT (id) DO NOTHING;
  GET DIAGNOSTICS v_moved = ROW_COUNT;
  RETURN v_moved;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.archive_bids(integer) FROM PUBLIC;
