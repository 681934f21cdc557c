-- Triggers that want to know who acts.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE FUNCTION acting() RETURNS TENANT LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('app.tenant', true), '')::TENANT $$;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF acting() IS NULL THEN RAISE EXCEPTION 'nobody acts'; END IF; NEW.tenant_id := acting(); NEW.changed_at := now(); RETURN NEW; END $$;
CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.tenant_id IS DISTINCT FROM acting() THEN RAISE EXCEPTION 'another one''s row' USING ERRCODE = '42501'; END IF; RETURN NEW; END $$;
CREATE TABLE notes (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id TENANT NOT NULL REFERENCES tenants, changed_at timestamptz NOT NULL, body text NOT NULL);
CREATE TABLE pages (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL DEFAULT acting() REFERENCES tenants, note_id uuid REFERENCES notes, body text NOT NULL);
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL DEFAULT current_setting('app.tenant')::TENANT, what text NOT NULL, at timestamptz NOT NULL DEFAULT now());
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE TRIGGER own BEFORE INSERT OR UPDATE ON pages FOR EACH ROW EXECUTE FUNCTION own();
CREATE FUNCTION logged() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log (what) VALUES (TG_TABLE_NAME || ' ' || TG_OP); RETURN NULL; END $$;
CREATE TRIGGER logged AFTER INSERT ON pages FOR EACH ROW EXECUTE FUNCTION logged();
