DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname='app') THEN CREATE ROLE app NOLOGIN; END IF; END$$;
CREATE TABLE customers (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, email text NOT NULL);
ALTER TABLE customers ENABLE ROW LEVEL SECURITY; ALTER TABLE customers FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON customers TO app USING (tenant_id = nullif(current_setting('app.tenant',true),'')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant',true),'')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON customers TO app;
CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, customer_id uuid NOT NULL, customer_email text);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY; ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO app USING (tenant_id = nullif(current_setting('app.tenant',true),'')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant',true),'')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON orders TO app;

CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path='' AS $$ BEGIN SELECT email INTO NEW.customer_email FROM public.customers WHERE id=NEW.customer_id; RETURN NEW; END $$;
CREATE TRIGGER t BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION fill();
