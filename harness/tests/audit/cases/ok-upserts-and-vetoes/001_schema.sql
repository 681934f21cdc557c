DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'badge_app') THEN
    CREATE ROLE badge_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text,
  table_name text NOT NULL,
  op text NOT NULL,
  row_id jsonb NOT NULL,
  old_row jsonb,
  new_row jsonb
);
CREATE FUNCTION audit.record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = audit, pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO log (actor, table_name, op, row_id, old_row, new_row)
  VALUES (nullif(current_setting('badge.porter', true), ''), format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), TG_OP,
          jsonb_build_object('door', coalesce(NEW.door, OLD.door), 'holder', coalesce(NEW.holder, OLD.holder)), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.record() FROM PUBLIC;
CREATE TABLE public.badges (
  door text NOT NULL,
  holder integer NOT NULL,
  uses integer NOT NULL DEFAULT 0,
  revoked boolean NOT NULL DEFAULT false,
  PRIMARY KEY (door, holder)
);
CREATE FUNCTION public.stay_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE WHEN OLD.revoked THEN NULL ELSE NEW END;
END;
$$;
CREATE TRIGGER stay_revoked BEFORE UPDATE ON public.badges FOR EACH ROW EXECUTE FUNCTION public.stay_revoked();
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON public.badges FOR EACH ROW EXECUTE FUNCTION audit.record();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.badges TO badge_app;
