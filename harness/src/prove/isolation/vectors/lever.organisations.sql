-- Organisations whose members see their notes: any member may invite anybody, leave, and share a note with another tenant.
CREATE TABLE app.organisations (
    id uuid PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE app.memberships (
    organisation_id uuid NOT NULL REFERENCES app.organisations (id),
    user_id uuid NOT NULL,
    PRIMARY KEY (organisation_id, user_id)
);
CREATE TABLE app.notes (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    organisation_id uuid NOT NULL REFERENCES app.organisations (id),
    shared_with uuid,
    body text NOT NULL
);
CREATE FUNCTION app.my_organisations() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = app, pg_temp
AS $$ SELECT m.organisation_id FROM app.memberships AS m WHERE m.user_id = app.tenant() $$;
ALTER TABLE app.organisations ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON app.organisations FOR SELECT TO app_user USING (id IN (SELECT app.my_organisations()));
CREATE POLICY own ON app.memberships FOR SELECT TO app_user USING (user_id = app.tenant());
CREATE POLICY leave ON app.memberships FOR DELETE TO app_user USING (user_id = app.tenant());
CREATE POLICY invite ON app.memberships FOR INSERT TO app_user
    WITH CHECK (organisation_id IN (SELECT app.my_organisations()));
CREATE POLICY members ON app.notes TO app_user USING (organisation_id IN (SELECT app.my_organisations()));
CREATE POLICY shared ON app.notes FOR SELECT TO app_user USING (shared_with = app.tenant());
GRANT SELECT ON app.organisations TO app_user;
GRANT SELECT, INSERT, DELETE ON app.memberships TO app_user;
GRANT SELECT, INSERT, UPDATE ON app.notes TO app_user;
