CREATE ROLE door_app NOLOGIN;
CREATE TABLE visits (
    id integer PRIMARY KEY,
    seen_at timestamptz NOT NULL,
    legal_hold boolean NOT NULL DEFAULT false
);
CREATE TABLE guests (id integer PRIMARY KEY, email text, full_name text, arrived date);
GRANT SELECT, INSERT ON visits, guests TO door_app;
CREATE FUNCTION purge_visits(keep_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone bigint;
BEGIN
    DELETE FROM public.visits WHERE seen_at < now() - keep_days * interval '1 day' AND NOT legal_hold;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
CREATE FUNCTION forget_guest(guest integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.guests SET email = NULL, full_name = NULL WHERE id = guest
$$;
REVOKE EXECUTE ON FUNCTION purge_visits(integer), forget_guest(integer) FROM PUBLIC;
