-- States that triggers guard.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TYPE state AS ENUM ('draft', 'submitted', 'approved', 'rejected');
CREATE TABLE claims (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, state state NOT NULL, note text);
CREATE FUNCTION claim_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.state <> 'draft' THEN RAISE EXCEPTION 'a claim begins as a draft, not %', NEW.state; END IF; RETURN NEW; END $$;
CREATE TRIGGER begins BEFORE INSERT ON claims FOR EACH ROW EXECUTE FUNCTION claim_begins();
CREATE FUNCTION claim_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (OLD.state, NEW.state) NOT IN (('draft', 'submitted'), ('submitted', 'approved'), ('submitted', 'rejected')) AND OLD.state <> NEW.state THEN RAISE EXCEPTION 'no way from % to %', OLD.state, NEW.state; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER moves BEFORE UPDATE ON claims FOR EACH ROW EXECUTE FUNCTION claim_moves();
CREATE TABLE orders (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, status text NOT NULL CHECK (status IN ('open', 'paid', 'shipped')), paid_at timestamptz, CHECK ((status = 'open') = (paid_at IS NULL)));
CREATE FUNCTION order_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.status IS DISTINCT FROM 'open' OR NEW.paid_at IS NOT NULL THEN RAISE EXCEPTION 'new orders are open' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$;
CREATE TRIGGER begins BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION order_begins();
