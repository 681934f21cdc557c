DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop_app') THEN
    CREATE ROLE shop_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.wishes (
  shop_id integer NOT NULL,
  wish_no integer NOT NULL,
  wished_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (shop_id, wish_no)
);
GRANT SELECT, INSERT, UPDATE ON public.wishes TO shop_app;
CREATE FUNCTION retention.sweep_wishes(p_shop integer, p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.wishes
  WHERE (shop_id, wish_no) IN (
    SELECT w.shop_id, w.wish_no FROM public.wishes w
    WHERE w.shop_id = p_shop AND w.wished_at < now() - make_interval(days => p_days)
  );
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.sweep_wishes(integer, integer) FROM PUBLIC;
