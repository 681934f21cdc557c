-- Two keys, of which one is looked at; and both, as it should be.
CREATE FUNCTION app.moved(p_to bigint, p_from bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM app.tasks AS t WHERE t.id = p_to AND t.tenant_id = app.tenant()) THEN
        RAISE insufficient_privilege;
    END IF;
    UPDATE app.tasks SET done = NOT done WHERE id IN (p_to, p_from);
END
$$;

CREATE FUNCTION app.copied(p_into bigint, p_of bigint) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
UPDATE app.tasks SET title = (SELECT s.title FROM app.tasks AS s WHERE s.id = p_of)
WHERE id = p_into AND tenant_id = app.tenant()
RETURNING title
$$;

CREATE FUNCTION app.moved_soundly(p_to bigint, p_from bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF (SELECT count(*) FROM app.tasks AS t WHERE t.id IN (p_to, p_from) AND t.tenant_id = app.tenant()) <> 2 THEN
        RAISE insufficient_privilege;
    END IF;
    UPDATE app.tasks SET done = NOT done WHERE id IN (p_to, p_from);
END
$$;
