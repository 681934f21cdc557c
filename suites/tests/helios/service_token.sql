INSERT INTO cross_service_auth (source_service, target_service, token_hash, permissions, scope, expires_at)
VALUES ('chat', 'memory', sha256('the token'), '{read,write}', 'notes', now() + INTERVAL '1 day')
