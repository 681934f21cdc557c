DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'school_app') THEN
    CREATE ROLE school_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.parents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text,
  full_name text
);
GRANT SELECT, INSERT, UPDATE ON public.parents TO school_app;
CREATE FUNCTION public.erase_parent(p_id bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_email text;
  v_changed integer;
BEGIN
  SELECT email INTO v_email FROM public.parents WHERE id = p_id;
  UPDATE public.parents SET email = NULL, full_name = NULL WHERE id = p_id OR email = v_email;
  GET DIAGNOSTICS v_changed = ROW_COUNT;
  RETURN v_changed;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.erase_parent(bigint) FROM PUBLIC;
