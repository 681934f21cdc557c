DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'meter_app') THEN
    CREATE ROLE meter_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA trail;
CREATE TABLE trail.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  actor text DEFAULT nullif(current_setting('meter.operator', true), ''),
  op text NOT NULL,
  row_id text NOT NULL,
  old jsonb,
  new jsonb
);
CREATE TABLE public.meters (
  serial text PRIMARY KEY,
  site text NOT NULL,
  reading numeric
);
CREATE RULE log_insert AS ON INSERT TO public.meters DO ALSO
  INSERT INTO trail.log (op, row_id, new) VALUES ('insert', NEW.serial, jsonb_build_object('serial', NEW.serial, 'site', NEW.site, 'reading', NEW.reading));
CREATE RULE log_update AS ON UPDATE TO public.meters DO ALSO
  INSERT INTO trail.log (op, row_id, old, new) VALUES ('update', NEW.serial, jsonb_build_object('serial', OLD.serial, 'site', OLD.site, 'reading', OLD.reading),
    jsonb_build_object('serial', NEW.serial, 'site', NEW.site, 'reading', NEW.reading));
CREATE RULE log_delete AS ON DELETE TO public.meters DO ALSO
  INSERT INTO trail.log (op, row_id, old) VALUES ('delete', OLD.serial, jsonb_build_object('serial', OLD.serial, 'site', OLD.site, 'reading', OLD.reading));
GRANT SELECT, INSERT, UPDATE, DELETE ON public.meters TO meter_app;
