DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'survey_app') THEN
    CREATE ROLE survey_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA survey;
GRANT USAGE ON SCHEMA survey TO survey_app;
CREATE TABLE survey.panelists (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  email text NOT NULL UNIQUE,
  full_name text
);
GRANT SELECT, INSERT, UPDATE ON survey.panelists TO survey_app;
CREATE FUNCTION survey.pseudonymise(p_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE survey.panelists SET email = upper(encode(sha512(convert_to(lower(email), 'UTF8')), 'hex')), full_name = NULL WHERE id = p_id;
END;
$$;
REVOKE EXECUTE ON FUNCTION survey.pseudonymise(uuid) FROM PUBLIC;
