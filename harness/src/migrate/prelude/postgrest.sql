-- What a database behind PostgREST has before the first migration, by the names that its manual uses: the role that
-- PostgREST logs in as, and those that it becomes. The claims of a request are in the setting `request.jwt.claims`.
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT * FROM (VALUES
            ('authenticator', 'LOGIN NOINHERIT'),
            ('anon', 'NOLOGIN'),
            ('web_anon', 'NOLOGIN'),
            ('web_user', 'NOLOGIN'),
            ('webuser', 'NOLOGIN')
        ) AS r (name, attributes)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = given.name) THEN
            EXECUTE format('CREATE ROLE %I %s', given.name, given.attributes);
        END IF;
    END LOOP;
END
$$;
GRANT anon, web_anon, web_user, webuser TO authenticator;
