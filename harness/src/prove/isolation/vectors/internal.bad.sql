-- A table for the operators, and a grant that was meant for another schema.
CREATE SCHEMA ops;
CREATE TABLE ops.jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload text NOT NULL);
GRANT USAGE ON SCHEMA ops TO app_user;
GRANT SELECT, INSERT ON ops.jobs TO app_user;
