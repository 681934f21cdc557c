-- $1 domain. Columns of 001 only, so that it fits every state that production was in.
WITH organization AS (
    INSERT INTO organizations (name, domain)
    VALUES ('Acme', $1)
    RETURNING id
)
INSERT INTO users (organization_id, email, name, role)
SELECT organization.id, 'admin@' || $1, 'Ada', 'admin'
FROM organization
RETURNING organization_id, id;
