DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenant_red') THEN
    CREATE ROLE tenant_red NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tenant_blue') THEN
    CREATE ROLE tenant_blue NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gateway') THEN
    CREATE ROLE gateway NOLOGIN;
  END IF;
END
$$;
ALTER ROLE gateway NOINHERIT;
GRANT tenant_red, tenant_blue TO gateway;
CREATE TABLE public.ledgers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  owner name NOT NULL DEFAULT current_user,
  amount numeric NOT NULL
);
ALTER TABLE public.ledgers ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.ledgers FORCE ROW LEVEL SECURITY;
CREATE POLICY owner_reads ON public.ledgers FOR SELECT TO tenant_red, tenant_blue
  USING (pg_has_role(session_user, owner, 'MEMBER'));
CREATE POLICY owner_adds ON public.ledgers FOR INSERT TO tenant_red, tenant_blue WITH CHECK (owner = current_user);
GRANT SELECT, INSERT ON public.ledgers TO tenant_red, tenant_blue;
