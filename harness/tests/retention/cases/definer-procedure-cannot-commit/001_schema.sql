DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tracker_app') THEN
    CREATE ROLE tracker_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA upkeep;
CREATE TABLE public.device_pings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device integer NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.device_pings TO tracker_app;
CREATE PROCEDURE upkeep.shrink_pings(p_days integer, p_batch integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  LOOP
    DELETE FROM public.device_pings
    WHERE id IN (SELECT id FROM public.device_pings WHERE sent_at < now() - make_interval(days => p_days) LIMIT p_batch);
    EXIT WHEN NOT FOUND;
    COMMIT;
  END LOOP;
END;
$$;
REVOKE EXECUTE ON PROCEDURE upkeep.shrink_pings(integer, integer) FROM PUBLIC;
