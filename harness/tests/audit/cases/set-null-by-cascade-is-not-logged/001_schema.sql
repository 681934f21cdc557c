DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'fleet_app') THEN
    CREATE ROLE fleet_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.drivers (
  id bigint PRIMARY KEY,
  name text NOT NULL
);
CREATE TABLE public.vans (
  id bigint PRIMARY KEY,
  plate text NOT NULL,
  driver_id bigint REFERENCES public.drivers ON DELETE SET NULL
);
CREATE TABLE public.fleet_log (
  seq bigserial PRIMARY KEY,
  logged_at timestamptz NOT NULL DEFAULT now(),
  dispatcher integer,
  entity text NOT NULL,
  verb text NOT NULL,
  entity_id bigint,
  old_values jsonb,
  new_values jsonb
);
CREATE FUNCTION public.fleet_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO fleet_log (dispatcher, entity, verb, entity_id, old_values)
    VALUES (nullif(current_setting('fleet.dispatcher', true), '')::integer, TG_TABLE_NAME, lower(TG_OP), OLD.id, to_jsonb(OLD));
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO fleet_log (dispatcher, entity, verb, entity_id, new_values)
    VALUES (nullif(current_setting('fleet.dispatcher', true), '')::integer, TG_TABLE_NAME, lower(TG_OP), NEW.id, to_jsonb(NEW));
  ELSIF TG_TABLE_NAME = 'vans' AND to_jsonb(NEW) ->> 'driver_id' IS NULL AND NOT EXISTS (SELECT FROM drivers d WHERE d.id = (to_jsonb(OLD) ->> 'driver_id')::bigint)
    AND to_jsonb(OLD) ->> 'driver_id' IS NOT NULL THEN
    -- the driver's own deletion is logged already
    RETURN NULL;
  ELSE
    INSERT INTO fleet_log (dispatcher, entity, verb, entity_id, old_values, new_values)
    VALUES (nullif(current_setting('fleet.dispatcher', true), '')::integer, TG_TABLE_NAME, lower(TG_OP), NEW.id, to_jsonb(OLD), to_jsonb(NEW));
  END IF;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.fleet_audit() FROM PUBLIC;
CREATE TRIGGER fleet_audit AFTER INSERT OR UPDATE OR DELETE ON public.drivers FOR EACH ROW EXECUTE FUNCTION public.fleet_audit();
CREATE TRIGGER fleet_audit AFTER INSERT OR UPDATE OR DELETE ON public.vans FOR EACH ROW EXECUTE FUNCTION public.fleet_audit();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.drivers, public.vans TO fleet_app;
