-- Triggers that make and change rows.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE users (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, email text NOT NULL UNIQUE, name text NOT NULL);
CREATE TABLE profiles (user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE, tenant_id TENANT NOT NULL, display text, bio text);
CREATE TABLE counters (tenant_id TENANT PRIMARY KEY REFERENCES tenants, users int NOT NULL DEFAULT 0);
CREATE TABLE history (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL, user_id uuid NOT NULL, row_data jsonb NOT NULL, op text NOT NULL CHECK (op IN ('INSERT', 'UPDATE', 'DELETE')));
CREATE FUNCTION tidy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.email := lower(NEW.email); RETURN NEW; END $$;
CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO profiles (user_id, tenant_id, display) VALUES (NEW.id, NEW.tenant_id, NEW.name);
  INSERT INTO counters (tenant_id, users) VALUES (NEW.tenant_id, 1) ON CONFLICT (tenant_id) DO UPDATE SET users = counters.users + 1;
  INSERT INTO history (tenant_id, user_id, row_data, op) VALUES (NEW.tenant_id, NEW.id, to_jsonb(NEW), TG_OP);
  RETURN NULL;
END $$;
CREATE TRIGGER tidy BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION tidy();
CREATE TRIGGER follow AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION follow();
CREATE TABLE seats (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, user_id uuid NOT NULL REFERENCES users);
CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT count(*) FROM seats WHERE tenant_id = NEW.tenant_id) >= 2 THEN RAISE EXCEPTION 'no more seats'; END IF; RETURN NEW; END $$;
CREATE TRIGGER few BEFORE INSERT ON seats FOR EACH ROW EXECUTE FUNCTION few();
