DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'clinic_app') THEN
    CREATE ROLE clinic_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE SCHEMA privacy;
CREATE TABLE public.nurses (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text,
  full_name text,
  notes text,
  preferences jsonb NOT NULL DEFAULT '{}',
  shift text NOT NULL DEFAULT 'day' CHECK (shift IN ('day', 'night'))
);
CREATE TABLE audit.changes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  relation text NOT NULL,
  row_id text NOT NULL,
  before jsonb,
  after jsonb,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION audit.note_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.changes (relation, row_id, before, after)
  VALUES (TG_TABLE_NAME, coalesce(NEW.id, OLD.id)::text, to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION audit.note_change() FROM PUBLIC;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON public.nurses FOR EACH ROW EXECUTE FUNCTION audit.note_change();
GRANT SELECT, INSERT, UPDATE ON public.nurses TO clinic_app;
CREATE FUNCTION privacy.forget_nurse(p_id bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_changed bigint;
BEGIN
  UPDATE public.nurses SET email = NULL, full_name = NULL, notes = NULL, preferences = '{}'
  WHERE id = p_id AND (num_nonnulls(email, full_name, notes) > 0 OR preferences <> '{}');
  GET DIAGNOSTICS v_changed = ROW_COUNT;
  UPDATE audit.changes SET
    before = CASE WHEN before IS NOT NULL THEN jsonb_build_object('id', before -> 'id', 'shift', before -> 'shift') END,
    after = CASE WHEN after IS NOT NULL THEN jsonb_build_object('id', after -> 'id', 'shift', after -> 'shift') END
  WHERE relation = 'nurses' AND row_id = p_id::text;
  RETURN v_changed;
END;
$$;
REVOKE EXECUTE ON FUNCTION privacy.forget_nurse(bigint) FROM PUBLIC;
