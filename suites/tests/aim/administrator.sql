-- $1 e-mail.
SELECT
    users.password_hash,
    jsonb_build_object(
        'organization', organizations.name,
        'domain', organizations.domain,
        'name', users.name,
        'role', users.role,
        'status', users.status,
        'provider', users.provider,
        'email_verified', users.email_verified,
        'force_password_change', users.force_password_change
    )
FROM users
JOIN organizations ON organizations.id = users.organization_id
WHERE users.email = $1;
