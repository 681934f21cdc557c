DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'club_app') THEN
    CREATE ROLE club_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.memberships (
  club_id integer NOT NULL,
  member_no integer NOT NULL,
  email text,
  full_name text,
  joined_on date NOT NULL DEFAULT current_date,
  PRIMARY KEY (club_id, member_no)
);
CREATE TABLE public.guest_lists (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  club_id integer NOT NULL,
  member_no integer NOT NULL,
  guests text[] NOT NULL DEFAULT '{}',
  FOREIGN KEY (club_id, member_no) REFERENCES public.memberships
);
GRANT SELECT, INSERT, UPDATE ON public.memberships, public.guest_lists TO club_app;
CREATE FUNCTION public.leave_club(p_club integer, p_member integer) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  DELETE FROM public.guest_lists WHERE (club_id, member_no) = (p_club, p_member);
  UPDATE public.memberships SET email = NULL, full_name = NULL WHERE (club_id, member_no) = (p_club, p_member);
$$;
REVOKE EXECUTE ON FUNCTION public.leave_club(integer, integer) FROM PUBLIC;
