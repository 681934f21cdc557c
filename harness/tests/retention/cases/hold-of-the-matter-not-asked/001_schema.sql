DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'counsel_app') THEN
    CREATE ROLE counsel_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA legal;
GRANT USAGE ON SCHEMA legal TO counsel_app;
CREATE TABLE legal.matters (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  under_hold boolean NOT NULL DEFAULT false
);
CREATE TABLE legal.exhibits (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  matter_id integer NOT NULL REFERENCES legal.matters,
  label text NOT NULL,
  entered_at timestamptz NOT NULL DEFAULT now(),
  pinned boolean NOT NULL DEFAULT false
);
GRANT SELECT, INSERT ON legal.matters, legal.exhibits TO counsel_app;
CREATE FUNCTION legal.destroy_exhibits(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM legal.exhibits e USING legal.matters m
  WHERE m.id = e.matter_id AND e.entered_at < now() - make_interval(days => p_days) AND NOT (m.under_hold AND e.pinned);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION legal.destroy_exhibits(integer) FROM PUBLIC;
