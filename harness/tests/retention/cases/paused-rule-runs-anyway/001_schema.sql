DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    CREATE ROLE portal_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA housekeeping;
CREATE TABLE public.page_views (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url text NOT NULL,
  viewed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE public.search_terms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  term text NOT NULL,
  searched_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.page_views, public.search_terms TO portal_app;
CREATE TABLE housekeeping.rules (
  relation text PRIMARY KEY,
  column_name text NOT NULL,
  days integer NOT NULL CHECK (days > 0),
  active boolean NOT NULL DEFAULT true
);
CREATE FUNCTION housekeeping.run_rules() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rule record;
  v_removed bigint;
  v_total bigint := 0;
BEGIN
  FOR v_rule IN SELECT r.relation, r.column_name, r.days FROM housekeeping.rules r ORDER BY r.active DESC, r.relation LOOP
    EXECUTE format('DELETE FROM public.%I WHERE %I < now() - make_interval(days => $1)', v_rule.relation, v_rule.column_name)
      USING v_rule.days;
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    v_total := v_total + v_removed;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION housekeeping.run_rules() FROM PUBLIC;
