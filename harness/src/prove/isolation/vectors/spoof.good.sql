-- A ticket that only the application knows how to sign goes with the tenant's name.
CREATE TABLE app.tickets (
    backend integer PRIMARY KEY,
    tenant uuid NOT NULL
);
CREATE OR REPLACE FUNCTION app.tenant() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp
AS $$ SELECT tenant FROM app.tickets WHERE backend = pg_backend_pid() $$;
