DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crm_owner') THEN
    CREATE ROLE crm_owner NOLOGIN;
  END IF;
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crm_web') THEN
    CREATE ROLE crm_web NOLOGIN;
  END IF;
END
$$;
GRANT crm_owner TO crm_web;
CREATE SCHEMA crm AUTHORIZATION crm_owner;
CREATE TABLE crm.deals (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account integer NOT NULL,
  value numeric NOT NULL
);
ALTER TABLE crm.deals OWNER TO crm_owner;
ALTER TABLE crm.deals ENABLE ROW LEVEL SECURITY;
CREATE POLICY account ON crm.deals USING (account = nullif(current_setting('crm.account', true), '')::integer);
