-- Who may do what in which collection of Qdrant, which knows no users. The services ask here before they ask there.

CREATE TABLE qdrant_access_control (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    collection VARCHAR(100) NOT NULL CHECK (collection <> ''),
    permission TEXT NOT NULL CHECK (permission IN ('READ', 'WRITE', 'DELETE', 'ADMIN')),
    conditions JSONB NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(conditions) = 'object'),
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    UNIQUE (user_id, collection, permission)
);

COMMENT ON TABLE qdrant_access_control IS 'What a user may do in a collection of Qdrant';
COMMENT ON COLUMN qdrant_access_control.conditions IS 'What the request has to bear, all of it; nothing where it is empty';
COMMENT ON COLUMN qdrant_access_control.expires_at IS 'From then on it is worth nothing; NULL where it does not end';

ALTER TABLE qdrant_access_control ENABLE ROW LEVEL SECURITY;
ALTER TABLE qdrant_access_control FORCE ROW LEVEL SECURITY;

CREATE POLICY qdrant_access_control_isolation ON qdrant_access_control
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id());

-- What one may do is one's own to read, and not to grant.
GRANT SELECT ON qdrant_access_control TO app_user;

-- Works with the caller's rights: whoever asks for another user is told no. ADMIN is all of them; the others are only
-- themselves. What is not known is no.
CREATE FUNCTION has_qdrant_access(
    user_id UUID,
    collection TEXT,
    permission TEXT,
    attributes JSONB DEFAULT '{}'
)
RETURNS BOOLEAN
LANGUAGE sql
STABLE
PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
RETURN EXISTS (
    SELECT FROM public.qdrant_access_control AS access
    WHERE
        access.user_id = has_qdrant_access.user_id
        AND access.collection = has_qdrant_access.collection
        AND has_qdrant_access.permission IN ('READ', 'WRITE', 'DELETE', 'ADMIN')
        AND access.permission IN (has_qdrant_access.permission, 'ADMIN')
        AND (access.expires_at IS NULL OR access.expires_at > now())
        AND COALESCE(has_qdrant_access.attributes, '{}') @> access.conditions
);

COMMENT ON FUNCTION has_qdrant_access IS 'Whether the user may do that in the collection, with a request that bears these attributes';

REVOKE EXECUTE ON FUNCTION has_qdrant_access(UUID, TEXT, TEXT, JSONB) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION has_qdrant_access(UUID, TEXT, TEXT, JSONB) TO app_user;

CREATE TRIGGER audit_trigger_qdrant_access_control
AFTER INSERT OR UPDATE OR DELETE ON qdrant_access_control
FOR EACH ROW EXECUTE FUNCTION audit.log_change();
