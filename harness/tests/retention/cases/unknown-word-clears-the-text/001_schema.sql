DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'radio_app') THEN
    CREATE ROLE radio_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA registry;
CREATE TABLE public.listener_mail (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  body text,
  arrived_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT ON public.listener_mail TO radio_app;
CREATE TABLE registry.rules (
  table_name text PRIMARY KEY,
  keep_days integer NOT NULL,
  mode text
);
CREATE FUNCTION registry.apply_rules() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_days integer;
  v_mode text;
  v_n bigint := 0;
BEGIN
  SELECT keep_days, mode INTO v_days, v_mode FROM registry.rules WHERE table_name = 'listener_mail';
  IF lower(v_mode) = 'delete' THEN
    DELETE FROM public.listener_mail WHERE arrived_at < now() - make_interval(days => v_days);
  ELSE
    UPDATE public.listener_mail SET body = NULL WHERE body IS NOT NULL AND arrived_at < now() - make_interval(days => v_days);
  END IF;
  GET DIAGNOSTICS v_n = ROW_COUNT;
  RETURN v_n;
END;
$$;
REVOKE EXECUTE ON FUNCTION registry.apply_rules() FROM PUBLIC;
