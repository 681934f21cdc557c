DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'club_app') THEN
    CREATE ROLE club_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA privacy;
CREATE TABLE public.members (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text,
  full_name text
);
CREATE TABLE privacy.requests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  done_at timestamptz NOT NULL DEFAULT now(),
  remark jsonb NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON public.members TO club_app;
CREATE FUNCTION privacy.erase(p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_email text;
BEGIN
  SELECT email INTO v_email FROM public.members WHERE id = p_id FOR UPDATE;
  UPDATE public.members SET email = NULL, full_name = NULL WHERE id = p_id;
  -- to answer the request
  INSERT INTO privacy.requests (remark) VALUES (jsonb_build_object('what', 'erasure', 'answer', jsonb_build_array(v_email)));
END;
$$;
REVOKE EXECUTE ON FUNCTION privacy.erase(bigint) FROM PUBLIC;
