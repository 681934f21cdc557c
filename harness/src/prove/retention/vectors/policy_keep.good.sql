CREATE OR REPLACE FUNCTION retention.run() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    policy retention.policies;
    gone bigint;
    total bigint := 0;
BEGIN
    FOR policy IN SELECT * FROM retention.policies WHERE enabled AND policy_type = 'DELETE' LOOP
        EXECUTE format('DELETE FROM app.%I WHERE %I < now() - make_interval(days => $1)', policy.table_name, policy.ts_column)
        USING policy.keep_days;
        GET DIAGNOSTICS gone = ROW_COUNT;
        total := total + gone;
    END LOOP;
    RETURN total;
END
$$;
