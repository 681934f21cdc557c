-- Names that have to be quoted, and those of our own statements.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE "Order Lines" ("Id" uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, "user" text NOT NULL CHECK ("user" <> ''), "from" date NOT NULL, "to" date NOT NULL, CHECK ("from" < "to"), "it's" int NOT NULL CHECK ("it's" > 5), value int CHECK (value < 10), "select" boolean NOT NULL);
CREATE TABLE "group" (tenant_id TENANT NOT NULL, "Line" uuid NOT NULL REFERENCES "Order Lines" ("Id"), "order" int NOT NULL CHECK ("order" > 0), PRIMARY KEY (tenant_id, "order"));
CREATE TABLE a_table_whose_name_is_as_long_as_postgresql_lets_names_be_long (tenant_id TENANT NOT NULL, a_column_whose_name_is_as_long_as_postgresql_lets_names_be_too text NOT NULL CHECK (a_column_whose_name_is_as_long_as_postgresql_lets_names_be_too ~ 'x'));
