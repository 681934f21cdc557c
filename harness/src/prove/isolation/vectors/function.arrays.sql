-- Arrays of which one element is looked at; and all, as it should be.
CREATE FUNCTION app.any_checked(p_ids bigint[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
SELECT t.title FROM app.tasks AS t
WHERE t.id = ANY (p_ids)
  AND EXISTS (SELECT FROM app.tasks AS o WHERE o.id = ANY (p_ids) AND o.tenant_id = app.tenant())
$$;

CREATE FUNCTION app.first_checked(p bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DELETE FROM app.tasks AS t
WHERE t.id = ANY (p) AND EXISTS (SELECT FROM app.tasks AS o WHERE o.id = p[1] AND o.tenant_id = app.tenant())
$$;

CREATE FUNCTION app.last_checked(p bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DELETE FROM app.tasks AS t
WHERE t.id = ANY (p) AND EXISTS (
    SELECT FROM app.tasks AS o WHERE o.id = p[cardinality(p)] AND o.tenant_id = app.tenant()
)
$$;

CREATE FUNCTION app.json_checked(p jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DELETE FROM app.tasks AS t
WHERE to_jsonb(t.id::text) <@ p AND EXISTS (
    SELECT FROM app.tasks AS o WHERE o.id::text = p ->> 0 AND o.tenant_id = app.tenant()
)
$$;

CREATE FUNCTION app.all_checked(p_ids bigint[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
SELECT t.title FROM app.tasks AS t
WHERE t.id = ANY (p_ids)
  AND NOT EXISTS (
      SELECT FROM app.tasks AS o WHERE o.id = ANY (p_ids) AND o.tenant_id IS DISTINCT FROM app.tenant()
  )
$$;
