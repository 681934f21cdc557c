DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'survey_app') THEN
    CREATE ROLE survey_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.respondents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL,
  birth_name text
);
GRANT SELECT, INSERT, UPDATE ON public.respondents TO survey_app;
CREATE FUNCTION public.scramble_respondent(p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.respondents SET email = 'anon:' || encode(convert_to(email, 'UTF8'), 'base64'), birth_name = NULL WHERE id = p_id;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.scramble_respondent(bigint) FROM PUBLIC;
