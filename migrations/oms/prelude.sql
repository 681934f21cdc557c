-- What the platform gives before the first migration: the role that owns the schema and applies migrations, the one that
-- the order service's requests run as, and the one that the metrics are read as. The gateway verifies each request's
-- token and leaves its claims in the session, in request.jwt.claims; nothing else here knows who somebody is.

CREATE ROLE oms_owner LOGIN;
CREATE ROLE oms_app NOLOGIN NOINHERIT;
CREATE ROLE oms_metrics NOLOGIN NOINHERIT;
