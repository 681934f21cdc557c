DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'survey_app') THEN
    CREATE ROLE survey_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.respondents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  full_name text NOT NULL,
  erased_at timestamptz,
  CONSTRAINT erased_is_empty CHECK (erased_at IS NULL OR (email LIKE 'gone-%@erased.invalid' AND full_name = 'gone'))
);
CREATE TABLE public.answers (
  respondent_id bigint NOT NULL REFERENCES public.respondents,
  question smallint NOT NULL,
  stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5),
  PRIMARY KEY (respondent_id, question)
);
GRANT SELECT, INSERT ON public.respondents, public.answers TO survey_app;
CREATE FUNCTION public.pseudonymise(p_id bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_changed bigint;
BEGIN
  UPDATE public.respondents
  SET email = 'gone-' || md5(gen_random_uuid()::text) || '@erased.invalid', full_name = 'gone', erased_at = now()
  WHERE id = p_id AND erased_at IS NULL;
  GET DIAGNOSTICS v_changed = ROW_COUNT;
  RETURN v_changed;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.pseudonymise(bigint) FROM PUBLIC;
