DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sales_app') THEN
    CREATE ROLE sales_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA reporting;
CREATE TABLE public.leads (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company text NOT NULL DEFAULT '',
  contact_name text,
  contact_email text
);
CREATE MATERIALIZED VIEW reporting.contact_sheet AS
  SELECT id, contact_name || ' <' || contact_email || '>' AS contact FROM public.leads WHERE contact_email IS NOT NULL;
CREATE FUNCTION reporting.refresh_sheet() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  REFRESH MATERIALIZED VIEW reporting.contact_sheet;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION reporting.refresh_sheet() FROM PUBLIC;
CREATE TRIGGER refresh_sheet AFTER INSERT ON public.leads FOR EACH STATEMENT EXECUTE FUNCTION reporting.refresh_sheet();
GRANT SELECT, INSERT ON public.leads TO sales_app;
CREATE FUNCTION public.forget_lead(p_id bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS
$$ UPDATE public.leads SET company = '', contact_name = NULL, contact_email = NULL WHERE id = p_id $$;
REVOKE EXECUTE ON FUNCTION public.forget_lead(bigint) FROM PUBLIC;
