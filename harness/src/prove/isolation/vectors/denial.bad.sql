-- Anyone may block anyone, and who is blocked sees nothing at all.
CREATE TABLE app.blocks (
    tenant_id uuid NOT NULL,
    blocked uuid NOT NULL,
    PRIMARY KEY (tenant_id, blocked)
);
ALTER TABLE app.blocks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.blocks TO app_user USING (tenant_id = app.tenant());
GRANT SELECT, INSERT ON app.blocks TO app_user;
CREATE FUNCTION app.is_blocked() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp
AS $$ SELECT EXISTS (SELECT FROM app.blocks WHERE blocked = app.tenant()) $$;
CREATE POLICY unblocked ON app.tasks AS RESTRICTIVE TO app_user USING (NOT app.is_blocked());
