-- Keys of several columns that share some.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE regions (tenant_id TENANT NOT NULL REFERENCES tenants, region char(2) NOT NULL CHECK (region IN ('eu', 'us')), PRIMARY KEY (tenant_id, region));
CREATE TABLE stores (tenant_id TENANT NOT NULL, region char(2) NOT NULL, store int NOT NULL, PRIMARY KEY (tenant_id, region, store), FOREIGN KEY (tenant_id, region) REFERENCES regions);
CREATE TABLE products (tenant_id TENANT NOT NULL, sku text NOT NULL CHECK (sku ~ '^[A-Z]{3}-\d{4}$'), PRIMARY KEY (tenant_id, sku), FOREIGN KEY (tenant_id) REFERENCES tenants);
CREATE TABLE stock (tenant_id TENANT NOT NULL, region char(2) NOT NULL, store int NOT NULL, sku text NOT NULL, quantity int NOT NULL CHECK (quantity >= 0), reserved int NOT NULL CHECK (reserved BETWEEN 0 AND quantity),
    PRIMARY KEY (tenant_id, region, store, sku), FOREIGN KEY (tenant_id, region, store) REFERENCES stores, FOREIGN KEY (tenant_id, sku) REFERENCES products);
CREATE TABLE moves (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL, sku text NOT NULL, from_region char(2), from_store int, to_region char(2) NOT NULL, to_store int NOT NULL, quantity int NOT NULL CHECK (quantity > 0),
    FOREIGN KEY (tenant_id, from_region, from_store, sku) REFERENCES stock, FOREIGN KEY (tenant_id, to_region, to_store, sku) REFERENCES stock (tenant_id, region, store, sku) MATCH FULL,
    FOREIGN KEY (tenant_id, sku) REFERENCES products);
CREATE TABLE attachments (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, store int, region char(2), sku text, move_id bigint REFERENCES moves,
    FOREIGN KEY (tenant_id, region, store) REFERENCES stores, FOREIGN KEY (tenant_id, sku) REFERENCES products,
    CHECK (num_nonnulls(store, sku, move_id) = 1), CHECK ((store IS NULL) = (region IS NULL)));
