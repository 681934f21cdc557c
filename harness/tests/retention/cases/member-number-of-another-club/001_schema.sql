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
  PRIMARY KEY (club_id, member_no)
);
CREATE TABLE public.fees (
  club_id integer NOT NULL,
  member_no integer NOT NULL,
  year smallint NOT NULL,
  cents integer NOT NULL,
  PRIMARY KEY (club_id, member_no, year),
  FOREIGN KEY (club_id, member_no) REFERENCES public.memberships
);
GRANT SELECT, INSERT, UPDATE ON public.memberships, public.fees TO club_app;
CREATE FUNCTION public.leave_club(p_club integer, p_member integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.memberships SET email = NULL, full_name = NULL WHERE club_id = p_club AND member_no = p_member;
  DELETE FROM public.fees WHERE member_no = p_member;
END;
$$;
REVOKE EXECUTE ON FUNCTION public.leave_club(integer, integer) FROM PUBLIC;
