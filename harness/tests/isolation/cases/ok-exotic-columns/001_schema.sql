DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'venue_app') THEN
    CREATE ROLE venue_app NOLOGIN;
  END IF;
END
$$;
CREATE DOMAIN public.iban AS text CHECK (VALUE ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$');
CREATE TYPE public.seat AS (block text, seat_row smallint, number smallint);
CREATE TYPE public.channel AS ENUM ('web', 'desk', 'partner');
CREATE TABLE public.bookings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  venue_id integer NOT NULL,
  hall int4range NOT NULL CHECK (NOT isempty(hall)),
  during tstzrange NOT NULL CHECK (lower(during) IS NOT NULL AND upper(during) > lower(during)),
  seats public.seat[] NOT NULL DEFAULT '{}',
  channels public.channel[] NOT NULL CHECK (cardinality(channels) BETWEEN 1 AND 3),
  payout public.iban NOT NULL,
  origin inet NOT NULL DEFAULT '127.0.0.1',
  position point,
  terms xml,
  flags bit(4) NOT NULL DEFAULT B'0000',
  net numeric(10, 2) NOT NULL CHECK (net > 0),
  gross numeric(10, 2) GENERATED ALWAYS AS (round(net * 1.19, 2)) STORED,
  words tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, payout::text)) STORED,
  CHECK (gross < 100000),
  EXCLUDE USING gist (int4range(venue_id, venue_id, '[]') WITH =, hall WITH &&, during WITH &&)
);
CREATE INDEX ON public.bookings USING gin (words);
ALTER TABLE public.bookings ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.bookings FORCE ROW LEVEL SECURITY;
CREATE POLICY venue ON public.bookings TO venue_app USING (venue_id = nullif(current_setting('venue.id', true), '')::integer);
GRANT SELECT, INSERT, UPDATE, DELETE ON public.bookings TO venue_app;
