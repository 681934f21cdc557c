DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'orchard_app') THEN
    CREATE ROLE orchard_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA upkeep;
CREATE TABLE pickings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  crate text,
  picked_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON pickings TO orchard_app;
CREATE FUNCTION upkeep.clear_pickings(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM pickings WHERE picked_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION upkeep.clear_pickings(integer) FROM PUBLIC;
CREATE FUNCTION errand(p_what text, p_number integer) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  CASE p_what
    WHEN 'weigh' THEN RETURN p_number::text;
    WHEN 'sweep' THEN RETURN upkeep.clear_pickings(p_number)::text;
  END CASE;
END;
$$;
REVOKE EXECUTE ON FUNCTION errand(text, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION errand(text, integer) TO orchard_app;
