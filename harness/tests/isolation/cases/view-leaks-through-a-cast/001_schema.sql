DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ward_app') THEN
    CREATE ROLE ward_app NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END
$$;
CREATE TABLE public.patients (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  clinic text NOT NULL,
  insurance_no text NOT NULL
);
CREATE VIEW public.my_patients AS
  SELECT id, insurance_no FROM public.patients WHERE md5(clinic) = md5(current_setting('ward.clinic', true));
GRANT SELECT ON public.my_patients TO ward_app;
