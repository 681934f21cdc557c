-- Keys in circles.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL, owner_id uuid NOT NULL);
CREATE TABLE users (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants DEFERRABLE INITIALLY DEFERRED, email text NOT NULL UNIQUE);
ALTER TABLE tenants ADD FOREIGN KEY (owner_id) REFERENCES users DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE teams (tenant_id TENANT NOT NULL REFERENCES tenants, id bigint NOT NULL, lead_id uuid NOT NULL, PRIMARY KEY (tenant_id, id));
CREATE TABLE members (tenant_id TENANT NOT NULL, team_id bigint NOT NULL, user_id uuid NOT NULL REFERENCES users, PRIMARY KEY (tenant_id, team_id, user_id),
    FOREIGN KEY (tenant_id, team_id) REFERENCES teams (tenant_id, id) DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE teams ADD FOREIGN KEY (tenant_id, id, lead_id) REFERENCES members (tenant_id, team_id, user_id) DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE orders (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, last_invoice uuid);
CREATE TABLE invoices (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, order_id uuid NOT NULL REFERENCES orders, UNIQUE (order_id, id));
ALTER TABLE orders ADD FOREIGN KEY (id, last_invoice) REFERENCES invoices (order_id, id);
