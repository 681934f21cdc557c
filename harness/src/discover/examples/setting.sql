CREATE ROLE shop_app LOGIN;
CREATE ROLE shop_reports NOLOGIN;
CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL);
CREATE TABLE tenants (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE customers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    email text NOT NULL
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    total numeric NOT NULL
);
CREATE TABLE order_lines (
    order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    line integer NOT NULL,
    sku text NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
    said text := current_setting('app.current_tenant', true);
BEGIN
    RETURN nullif(said, '')::uuid;
END $$;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_lines ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants FOR SELECT USING (id = current_tenant());
CREATE POLICY own ON customers USING (tenant_id = current_tenant());
CREATE POLICY own ON orders USING (tenant_id = current_tenant());
CREATE POLICY own ON order_lines USING (
    EXISTS (SELECT FROM orders AS o WHERE o.id = order_lines.order_id AND o.tenant_id = current_tenant())
);
GRANT SELECT ON countries, tenants TO shop_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON customers, orders, order_lines TO shop_app;
GRANT SELECT ON countries TO shop_reports;
