DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'survey_app') THEN
    CREATE ROLE survey_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.voters (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  full_name text NOT NULL,
  passport_no text
);
GRANT SELECT, INSERT, UPDATE ON public.voters TO survey_app;
CREATE FUNCTION public.mask_voter(p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.voters SET full_name = reverse(upper(full_name)), passport_no = NULL WHERE id = p_id;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.mask_voter(bigint) FROM PUBLIC;
