CREATE ROLE wiki_app NOLOGIN;
CREATE SCHEMA wiki;
GRANT USAGE ON SCHEMA wiki TO wiki_app;
CREATE TABLE wiki.members (
    team_id integer NOT NULL,
    user_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('reader', 'writer')),
    PRIMARY KEY (team_id, user_id)
);
CREATE TABLE wiki.pages (
    id integer PRIMARY KEY,
    team_id integer NOT NULL,
    body text NOT NULL
);
CREATE FUNCTION wiki.is_member(team integer) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT 1 FROM wiki.members AS m
        WHERE m.team_id = team AND m.user_id = nullif(current_setting('wiki.user_id', true), '')::uuid
    );
END $$;
ALTER TABLE wiki.members ENABLE ROW LEVEL SECURITY;
ALTER TABLE wiki.pages ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON wiki.members FOR SELECT TO wiki_app
USING (user_id = nullif(current_setting('wiki.user_id', true), '')::uuid);
CREATE POLICY of_my_teams ON wiki.pages TO wiki_app USING (wiki.is_member(team_id));
GRANT SELECT ON wiki.members TO wiki_app;
GRANT SELECT, INSERT, UPDATE ON wiki.pages TO wiki_app;
