-- Trees with a root.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE folders (tenant_id TENANT NOT NULL REFERENCES tenants, id uuid NOT NULL, parent_id uuid, name text NOT NULL, is_root boolean NOT NULL,
    PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, parent_id) REFERENCES folders (tenant_id, id), CHECK (is_root = (parent_id IS NULL)), CHECK (parent_id <> id),
    UNIQUE (tenant_id, parent_id, name));
CREATE UNIQUE INDEX one_root ON folders (tenant_id) WHERE parent_id IS NULL;
CREATE TABLE units (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL, parent_id bigint REFERENCES units ON DELETE CASCADE, depth int NOT NULL, path text NOT NULL,
    CHECK ((parent_id IS NULL) = (depth = 0)), CHECK (depth BETWEEN 0 AND 8), CHECK (path LIKE '/%'), UNIQUE (tenant_id, path));
CREATE TABLE comments (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, root_id uuid NOT NULL REFERENCES comments, reply_to uuid REFERENCES comments, body text NOT NULL);
CREATE TABLE chain (tenant_id TENANT NOT NULL, id int NOT NULL, previous_id int, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, previous_id), FOREIGN KEY (tenant_id, previous_id) REFERENCES chain, CHECK (previous_id < id));
