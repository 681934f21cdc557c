DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    CREATE ROLE portal_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA housekeeping;
CREATE TABLE public.form_entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  answers jsonb NOT NULL DEFAULT '{}',
  entered_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.newsletter_clicks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  issue integer NOT NULL,
  clicked_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.form_entries, public.newsletter_clicks TO portal_app;
CREATE TABLE housekeeping.rules (
  relation name PRIMARY KEY,
  column_name name NOT NULL,
  days integer NOT NULL,
  switched_on boolean
);
CREATE FUNCTION housekeeping.sweep() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rule housekeeping.rules;
  v_removed bigint;
  v_total bigint := 0;
BEGIN
  IF NOT EXISTS (SELECT FROM housekeeping.rules WHERE switched_on) THEN
    RETURN 0;
  END IF;
  FOR v_rule IN SELECT * FROM housekeeping.rules LOOP
    CONTINUE WHEN v_rule.switched_on IS NULL;
    EXECUTE format('DELETE FROM public.%I WHERE %I < now() - %s * interval ''1 day''', v_rule.relation, v_rule.column_name, v_rule.days);
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    v_total := v_total + v_removed;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION housekeeping.sweep() FROM PUBLIC;
