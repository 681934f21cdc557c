DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'people_app') THEN
    CREATE ROLE people_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA directory;
GRANT USAGE ON SCHEMA directory TO people_app;
CREATE TABLE directory.people (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  full_name text,
  email text
);
CREATE TABLE directory.search_index (
  person_id bigint PRIMARY KEY REFERENCES directory.people ON DELETE CASCADE,
  words tsvector NOT NULL
);
CREATE INDEX ON directory.search_index USING gin (words);
CREATE FUNCTION directory.index_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO directory.search_index (person_id, words) VALUES (NEW.id, to_tsvector('simple', concat_ws(' ', NEW.full_name, NEW.email)))
  ON CONFLICT (person_id) DO UPDATE SET words = excluded.words;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION directory.index_person() FROM PUBLIC;
CREATE TRIGGER index_person AFTER INSERT OR UPDATE ON directory.people
  FOR EACH ROW WHEN (NEW.full_name IS NOT NULL) EXECUTE FUNCTION directory.index_person();
GRANT SELECT, INSERT, UPDATE ON directory.people TO people_app;
GRANT SELECT ON directory.search_index TO people_app;
CREATE FUNCTION directory.forget(p_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ UPDATE directory.people SET full_name = NULL, email = NULL WHERE id = p_id $$;
REVOKE EXECUTE ON FUNCTION directory.forget(bigint) FROM PUBLIC;
