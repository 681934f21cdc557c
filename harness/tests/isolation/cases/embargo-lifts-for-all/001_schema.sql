DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'press_app') THEN
    CREATE ROLE press_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA press;
GRANT USAGE ON SCHEMA press TO press_app;
CREATE TABLE press.releases (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_id integer NOT NULL,
  headline text NOT NULL,
  embargo_until timestamptz NOT NULL DEFAULT 'infinity'
);
ALTER TABLE press.releases ENABLE ROW LEVEL SECURITY;
ALTER TABLE press.releases FORCE ROW LEVEL SECURITY;
CREATE POLICY agency ON press.releases TO press_app
  USING (agency_id = nullif(current_setting('press.agency', true), '')::integer);
CREATE POLICY lifted ON press.releases FOR SELECT TO press_app USING (embargo_until <= now());
GRANT SELECT, INSERT, UPDATE, DELETE ON press.releases TO press_app;
