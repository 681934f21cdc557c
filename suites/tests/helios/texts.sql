SELECT
    table_name::TEXT,
    column_name::TEXT,
    data_type::TEXT
FROM information_schema.columns
WHERE
    table_schema = 'public'
    AND data_type IN ('text', 'character varying', 'jsonb', 'bytea')
    AND table_name NOT IN ('schema_migrations', 'data_retention_policies', 'cross_service_auth')
ORDER BY table_name, ordinal_position
