DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_app') THEN
    CREATE ROLE shop_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_auditor') THEN
    CREATE ROLE shop_auditor NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA audit;
CREATE TABLE audit.events (
  id bigint GENERATED ALWAYS AS IDENTITY,
  created_at timestamptz NOT NULL DEFAULT now(),
  user_id uuid,
  request_id text,
  table_schema text NOT NULL,
  table_name text NOT NULL,
  action text NOT NULL,
  record_id text NOT NULL,
  original jsonb,
  changed_to jsonb,
  changed_columns text[],
  PRIMARY KEY (id, created_at)
) PARTITION BY RANGE (created_at);
CREATE TABLE audit.events_before PARTITION OF audit.events FOR VALUES FROM (MINVALUE) TO ('2025-01-01');
CREATE TABLE audit.events_default PARTITION OF audit.events DEFAULT;
GRANT USAGE ON SCHEMA audit TO shop_auditor;
GRANT INSERT ON audit.events TO shop_auditor;
CREATE FUNCTION audit.current_user_id() RETURNS uuid LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN nullif(current_setting('shop.user_id', true), '')::uuid;
EXCEPTION WHEN invalid_text_representation THEN
  RAISE EXCEPTION 'shop.user_id is no uuid';
END;
$$;
CREATE FUNCTION audit.write() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  was jsonb := to_jsonb(OLD);
  is_now jsonb := to_jsonb(NEW);
  names text[];
BEGIN
  IF TG_OP = 'UPDATE' THEN
    names := ARRAY(SELECT k FROM jsonb_object_keys(is_now) k WHERE was -> k IS DISTINCT FROM is_now -> k ORDER BY 1);
  END IF;
  INSERT INTO audit.events (user_id, request_id, table_schema, table_name, action, record_id, original, changed_to, changed_columns)
  VALUES (audit.current_user_id(), current_setting('shop.request_id', true), TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP, coalesce(was, is_now) ->> 'id', was, is_now, names);
  RETURN NULL;
END;
$$;
ALTER FUNCTION audit.write() OWNER TO shop_auditor;
CREATE TABLE public.baskets (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  coupon text,
  items jsonb NOT NULL DEFAULT '{}',
  closed_at timestamptz
);
CREATE TRIGGER write AFTER INSERT OR UPDATE OR DELETE ON public.baskets FOR EACH ROW EXECUTE FUNCTION audit.write();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.baskets TO shop_app;
