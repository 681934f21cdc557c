DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chat_app') THEN
    CREATE ROLE chat_app NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA retention;
CREATE TABLE public.rooms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  message_count bigint NOT NULL DEFAULT 0
);
CREATE TABLE public.room_messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room_id bigint NOT NULL REFERENCES public.rooms,
  body text NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT now()
);
CREATE FUNCTION public.count_messages() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE public.rooms SET message_count = message_count + 1 WHERE id = NEW.room_id;
  ELSE
    UPDATE public.rooms SET message_count = message_count - 1 WHERE id = OLD.room_id;
  END IF;
  RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.count_messages() FROM PUBLIC;
CREATE TRIGGER count_messages AFTER INSERT OR DELETE ON public.room_messages FOR EACH ROW EXECUTE FUNCTION public.count_messages();
GRANT SELECT, INSERT ON public.rooms, public.room_messages TO chat_app;
CREATE FUNCTION retention.drop_messages(p_days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_removed bigint;
BEGIN
  DELETE FROM public.room_messages WHERE sent_at < now() - make_interval(days => p_days);
  GET DIAGNOSTICS v_removed = ROW_COUNT;
  RETURN v_removed;
END;
$$;
REVOKE EXECUTE ON FUNCTION retention.drop_messages(integer) FROM PUBLIC;
