DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'print_app') THEN
    CREATE ROLE print_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.jobs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  pages integer
);
CREATE TABLE public.printers (
  name text PRIMARY KEY,
  ready boolean
);
CREATE TABLE public.jobs_history (
  history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  valid_from timestamptz NOT NULL DEFAULT clock_timestamp(),
  operator text,
  op text NOT NULL,
  job_id bigint NOT NULL,
  before public.jobs,
  after public.jobs
);
CREATE TABLE public.printers_history (
  history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  valid_from timestamptz NOT NULL DEFAULT clock_timestamp(),
  operator text,
  op text NOT NULL,
  printer text NOT NULL,
  before jsonb,
  after jsonb
);
CREATE FUNCTION public.keep_job() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.jobs_history (operator, op, job_id, before, after)
  VALUES (nullif(current_setting('print.operator', true), ''), TG_OP, coalesce(NEW.id, OLD.id), OLD, NEW);
  RETURN NULL;
END;
$$;
CREATE FUNCTION public.keep_printer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.printers_history (operator, op, printer, before, after)
  VALUES (nullif(current_setting('print.operator', true), ''), TG_OP, coalesce(NEW.name, OLD.name), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.keep_job(), public.keep_printer() FROM PUBLIC;
CREATE TRIGGER keep AFTER INSERT OR UPDATE OR DELETE ON public.jobs FOR EACH ROW EXECUTE FUNCTION public.keep_job();
CREATE TRIGGER keep AFTER INSERT OR UPDATE OR DELETE ON public.printers FOR EACH ROW EXECUTE FUNCTION public.keep_printer();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.jobs, public.printers TO print_app;
