-- What a person asks about their data, and how far it has come. The person asks and takes back; the rest of the way is the
-- privacy team's, as privacy_worker.

CREATE TABLE privacy_requests (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    request_type TEXT NOT NULL
        CHECK (request_type IN ('ACCESS', 'RECTIFICATION', 'ERASURE', 'RESTRICTION', 'PORTABILITY', 'OBJECTION')),
    status TEXT NOT NULL DEFAULT 'PENDING'
        CHECK (status IN ('PENDING', 'VERIFIED', 'IN_PROGRESS', 'COMPLETED', 'REJECTED', 'CANCELLED')),
    details TEXT,
    response TEXT,
    requested_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    -- Article 12 (3) of the GDPR: one month.
    due_at TIMESTAMPTZ NOT NULL DEFAULT now() + INTERVAL '1 month',
    closed_at TIMESTAMPTZ
);

CREATE INDEX idx_privacy_requests_user ON privacy_requests (user_id, requested_at DESC);
CREATE INDEX idx_privacy_requests_open ON privacy_requests (due_at) WHERE closed_at IS NULL;

COMMENT ON TABLE privacy_requests IS 'What a person asks about their data, and how far it has come';
COMMENT ON COLUMN privacy_requests.closed_at IS 'Since when it is COMPLETED, REJECTED or CANCELLED; NULL before';

-- A request goes forward only, and what is closed stays closed. That it is closed is written down here, so that no caller
-- forgets.
CREATE FUNCTION advance_privacy_request()
RETURNS TRIGGER
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF OLD.status = NEW.status THEN
        RETURN NEW;
    END IF;
    IF (OLD.status, NEW.status) NOT IN (
        ('PENDING', 'VERIFIED'),
        ('PENDING', 'REJECTED'),
        ('PENDING', 'CANCELLED'),
        ('VERIFIED', 'IN_PROGRESS'),
        ('VERIFIED', 'REJECTED'),
        ('VERIFIED', 'CANCELLED'),
        ('IN_PROGRESS', 'COMPLETED'),
        ('IN_PROGRESS', 'REJECTED')
    ) THEN
        RAISE check_violation USING
            MESSAGE = format('a privacy request that is %s can''t become %s', OLD.status, NEW.status);
    END IF;
    IF NEW.status IN ('COMPLETED', 'REJECTED', 'CANCELLED') THEN
        NEW.closed_at := now();
    END IF;
    RETURN NEW;
END;
$$;

COMMENT ON FUNCTION advance_privacy_request IS 'Keeps a privacy request on its way: forward only, and closed for good';

REVOKE EXECUTE ON FUNCTION advance_privacy_request() FROM PUBLIC;

CREATE TRIGGER advance_privacy_request
BEFORE UPDATE ON privacy_requests
FOR EACH ROW EXECUTE FUNCTION advance_privacy_request();

ALTER TABLE privacy_requests ENABLE ROW LEVEL SECURITY;
ALTER TABLE privacy_requests FORCE ROW LEVEL SECURITY;

-- The own ones; and of the statuses, the two that are the person's to give.
CREATE POLICY privacy_requests_isolation ON privacy_requests
    FOR ALL TO app_user
    USING (user_id = get_current_user_id())
    WITH CHECK (user_id = get_current_user_id() AND status IN ('PENDING', 'CANCELLED'));

GRANT SELECT, INSERT (user_id, request_type, details), UPDATE (status) ON privacy_requests TO app_user;

GRANT USAGE ON SCHEMA public TO privacy_worker;
GRANT SELECT, UPDATE (status, details, response) ON privacy_requests TO privacy_worker;

CREATE TRIGGER audit_trigger_privacy_requests
AFTER INSERT OR UPDATE OR DELETE ON privacy_requests
FOR EACH ROW EXECUTE FUNCTION audit.log_change();
