DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cards_api') THEN
    CREATE ROLE cards_api NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.card_data (
  id uuid PRIMARY KEY,
  holder uuid NOT NULL,
  label text NOT NULL
);
ALTER TABLE public.card_data ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.card_data FORCE ROW LEVEL SECURITY;
CREATE VIEW public.card WITH (security_barrier) AS
  SELECT id, label FROM public.card_data WHERE holder = nullif(current_setting('cards.holder', true), '')::uuid;
CREATE FUNCTION public.card_write() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO public.card_data AS d (id, holder, label)
  VALUES (NEW.id, nullif(current_setting('cards.holder', true), '')::uuid, NEW.label)
  ON CONFLICT (id) DO UPDATE SET label = excluded.label;
  RETURN NEW;
END;
$$;
CREATE TRIGGER card_write INSTEAD OF INSERT ON public.card FOR EACH ROW EXECUTE FUNCTION public.card_write();
GRANT SELECT, INSERT ON public.card TO cards_api;
