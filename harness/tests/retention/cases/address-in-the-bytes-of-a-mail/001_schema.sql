DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mail_app') THEN
    CREATE ROLE mail_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.subscribers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text,
  first_name text
);
CREATE TABLE public.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscriber_id bigint NOT NULL REFERENCES public.subscribers,
  message bytea NOT NULL
);
CREATE FUNCTION public.welcome() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.outbox (subscriber_id, message) VALUES (NEW.id, convert_to(concat('To: ', NEW.email, E'\r\n\r\nWelcome ', NEW.first_name), 'UTF8'));
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.welcome() FROM PUBLIC;
CREATE TRIGGER welcome AFTER INSERT ON public.subscribers FOR EACH ROW EXECUTE FUNCTION public.welcome();
GRANT SELECT, INSERT ON public.subscribers TO mail_app;
CREATE FUNCTION public.unsubscribe(p_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_email text;
BEGIN
  UPDATE public.subscribers s SET email = NULL, first_name = NULL FROM public.subscribers old
  WHERE s.id = p_id AND old.id = s.id RETURNING old.email INTO v_email;
  DELETE FROM public.outbox WHERE encode(message, 'escape') LIKE '%' || v_email;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.unsubscribe(bigint) FROM PUBLIC;
