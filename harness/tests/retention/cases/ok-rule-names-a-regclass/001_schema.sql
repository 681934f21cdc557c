DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') THEN
    CREATE ROLE portal_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA housekeeping;
CREATE TYPE housekeeping.deed AS ENUM ('delete', 'nothing');
CREATE TABLE public.page_views (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url text NOT NULL,
  viewed_at timestamptz
);
CREATE TABLE public."LegacyClicks" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "clickedAt" timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.page_views, public."LegacyClicks" TO portal_app;
CREATE TABLE housekeeping.rules (
  relation regclass PRIMARY KEY,
  column_name name NOT NULL,
  days integer NOT NULL CHECK (days >= 0),
  deed housekeeping.deed NOT NULL DEFAULT 'delete',
  active boolean NOT NULL DEFAULT true
);
CREATE FUNCTION housekeeping.run_rules() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_rule housekeeping.rules;
  v_removed bigint;
  v_total bigint := 0;
BEGIN
  FOR v_rule IN SELECT * FROM housekeeping.rules WHERE active AND deed = 'delete' ORDER BY relation LOOP
    -- a regclass prints its name qualified and quoted as needed
    EXECUTE format('DELETE FROM %s WHERE %I < now() - make_interval(days => $1)', v_rule.relation, v_rule.column_name) USING v_rule.days;
    GET DIAGNOSTICS v_removed = ROW_COUNT;
    v_total := v_total + v_removed;
  END LOOP;
  RETURN v_total;
END;
$$;
REVOKE EXECUTE ON FUNCTION housekeeping.run_rules() FROM PUBLIC;
