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
  email text,
  card oid
);
CREATE TABLE directory.search_index (
  person_id bigint PRIMARY KEY REFERENCES directory.people ON DELETE CASCADE,
  words tsvector NOT NULL
);
CREATE TABLE directory.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id bigint NOT NULL REFERENCES directory.people ON DELETE CASCADE,
  message bytea NOT NULL
);
CREATE FUNCTION directory.make_card() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    PERFORM lo_unlink(m.oid) FROM pg_largeobject_metadata m WHERE m.oid = OLD.card;
  END IF;
  NEW.card := NULL;
  IF num_nonnulls(NEW.full_name, NEW.email) > 0 THEN
    NEW.card := lo_from_bytea(0, convert_to(concat_ws(' ', NEW.full_name, NEW.email), 'UTF8'));
  END IF;
  RETURN NEW;
END;
$$;
CREATE FUNCTION directory.index_person() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO directory.search_index (person_id, words) VALUES (NEW.id, to_tsvector('simple', concat_ws(' ', NEW.full_name, NEW.email)))
  ON CONFLICT (person_id) DO UPDATE SET words = excluded.words;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO directory.outbox (person_id, message) VALUES (NEW.id, convert_to('Dear ' || coalesce(NEW.full_name, 'reader'), 'UTF8'));
  END IF;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION directory.make_card(), directory.index_person() FROM PUBLIC;
CREATE TRIGGER make_card BEFORE INSERT OR UPDATE OF full_name, email ON directory.people FOR EACH ROW EXECUTE FUNCTION directory.make_card();
CREATE TRIGGER index_person AFTER INSERT OR UPDATE OF full_name, email ON directory.people FOR EACH ROW EXECUTE FUNCTION directory.index_person();
GRANT SELECT, INSERT ON directory.people TO people_app;
CREATE FUNCTION directory.forget(p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  DELETE FROM directory.outbox WHERE person_id = p_id;
  UPDATE directory.people SET full_name = NULL, email = NULL WHERE id = p_id;
END;
$$;
REVOKE EXECUTE ON FUNCTION directory.forget(bigint) FROM PUBLIC;
