DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'panel') THEN
    CREATE ROLE panel NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA ops;
GRANT USAGE ON SCHEMA ops TO panel;
CREATE TABLE ops.sensors (
  serial uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  site text NOT NULL,
  muted boolean NOT NULL DEFAULT false,
  reading double precision
);
ALTER TABLE ops.sensors ENABLE ROW LEVEL SECURITY;
ALTER TABLE ops.sensors FORCE ROW LEVEL SECURITY;
CREATE POLICY see ON ops.sensors FOR SELECT TO panel USING (site = current_setting('ops.site', true));
CREATE POLICY mute ON ops.sensors FOR UPDATE TO panel USING (true) WITH CHECK (site IS NOT NULL);
GRANT SELECT ON ops.sensors TO panel;
GRANT UPDATE (muted) ON ops.sensors TO panel;
