DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'clinic_app') THEN
    CREATE ROLE clinic_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.donors (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text,
  full_name text,
  phone text
);
GRANT SELECT, INSERT, UPDATE ON public.donors TO clinic_app;
CREATE FUNCTION public.erase_donor(p_id bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_email text;
BEGIN
  SELECT email INTO v_email FROM public.donors WHERE id = p_id;
  IF v_email IS NULL THEN
    -- already done
    RETURN false;
  END IF;
  UPDATE public.donors SET email = NULL, full_name = NULL, phone = NULL WHERE id = p_id;
  RETURN true;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.erase_donor(bigint) FROM PUBLIC;
