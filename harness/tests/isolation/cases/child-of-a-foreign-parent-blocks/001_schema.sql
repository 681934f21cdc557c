DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hotel_app') THEN
    CREATE ROLE hotel_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.rooms (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hotel_id integer NOT NULL,
  number text NOT NULL,
  UNIQUE (hotel_id, number)
);
CREATE TABLE public.reservations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hotel_id integer NOT NULL,
  room_id bigint NOT NULL REFERENCES public.rooms ON DELETE RESTRICT,
  guest text NOT NULL
);
ALTER TABLE public.rooms ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.rooms FORCE ROW LEVEL SECURITY;
ALTER TABLE public.reservations ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.reservations FORCE ROW LEVEL SECURITY;
CREATE POLICY hotel ON public.rooms TO hotel_app USING (hotel_id = nullif(current_setting('hotel.id', true), '')::integer);
CREATE POLICY hotel ON public.reservations TO hotel_app USING (hotel_id = nullif(current_setting('hotel.id', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.rooms, public.reservations TO hotel_app;
