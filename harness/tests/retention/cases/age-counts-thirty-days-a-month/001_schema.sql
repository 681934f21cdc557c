DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'library_app') THEN
    CREATE ROLE library_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.loans (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reader_no integer NOT NULL,
  returned_at timestamptz
);
GRANT SELECT, INSERT, UPDATE ON public.loans TO library_app;
CREATE FUNCTION retention.forget_loans() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.loans WHERE age(now(), returned_at) > interval '365 days';
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.forget_loans() FROM PUBLIC;
