DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'atelier_app') THEN
    CREATE ROLE atelier_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE fittings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  garment text,
  taken_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE disputes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  fitting_id bigint NOT NULL REFERENCES fittings ON DELETE CASCADE,
  settled_at timestamptz
);
GRANT SELECT, INSERT ON fittings TO atelier_app;
CREATE FUNCTION discard_fittings() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  CREATE TEMPORARY TABLE discarded ON COMMIT DROP AS
    SELECT f.id FROM fittings f
    WHERE f.taken_at < now() - interval '60 days'
      AND NOT EXISTS (SELECT FROM disputes d WHERE d.fitting_id = f.id AND d.settled_at IS NULL);
  DELETE FROM fittings f USING discarded g WHERE g.id = f.id;
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION discard_fittings() FROM PUBLIC;
