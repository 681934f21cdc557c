DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'groups_app') THEN
    CREATE ROLE groups_app NOLOGIN;
  END IF;
END
$$;
CREATE TABLE public.groups (
  account_id integer NOT NULL,
  id integer NOT NULL,
  members integer NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, id)
);
CREATE TABLE public.group_members (
  account_id integer NOT NULL,
  group_id integer NOT NULL,
  name text NOT NULL,
  FOREIGN KEY (account_id, group_id) REFERENCES public.groups
);
ALTER TABLE public.groups ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.groups FORCE ROW LEVEL SECURITY;
ALTER TABLE public.group_members ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.group_members FORCE ROW LEVEL SECURITY;
CREATE POLICY account ON public.groups FOR SELECT TO groups_app USING (account_id = nullif(current_setting('groups.account', true), '')::integer);
CREATE POLICY account ON public.group_members TO groups_app USING (account_id = nullif(current_setting('groups.account', true), '')::integer);
CREATE FUNCTION public.count_members() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE public.groups SET members = members + 1 WHERE account_id = NEW.account_id AND id = NEW.group_id;
  RETURN NULL;
END;
$$;
CREATE TRIGGER count_members AFTER INSERT ON public.group_members FOR EACH ROW EXECUTE FUNCTION public.count_members();
GRANT SELECT ON public.groups TO groups_app;
GRANT SELECT, INSERT ON public.group_members TO groups_app;
