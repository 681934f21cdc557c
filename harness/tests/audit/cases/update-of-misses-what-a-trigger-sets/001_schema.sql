DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'quote_app') THEN
    CREATE ROLE quote_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.quotes (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  pieces integer NOT NULL,
  unit_price numeric(10, 2) NOT NULL,
  total numeric(12, 2)
);
CREATE FUNCTION public.sum_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.total := NEW.pieces * NEW.unit_price;
  RETURN NEW;
END;
$$;
CREATE TRIGGER sum_up BEFORE INSERT OR UPDATE ON public.quotes FOR EACH ROW EXECUTE FUNCTION public.sum_up();
CREATE TABLE public.quote_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now(),
  user_id uuid,
  operation text NOT NULL,
  quote_id uuid NOT NULL,
  old_values jsonb,
  new_values jsonb
);
CREATE FUNCTION public.log_quote() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.quote_log (user_id, operation, quote_id, old_values, new_values)
  VALUES (nullif(current_setting('quote.agent', true), '')::uuid, TG_OP, coalesce(NEW.id, OLD.id), to_jsonb(OLD), to_jsonb(NEW));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.log_quote() FROM PUBLIC;
CREATE TRIGGER log_quote AFTER INSERT OR DELETE OR UPDATE OF id, unit_price, total ON public.quotes FOR EACH ROW EXECUTE FUNCTION public.log_quote();
GRANT SELECT, INSERT, UPDATE, DELETE ON public.quotes TO quote_app;
