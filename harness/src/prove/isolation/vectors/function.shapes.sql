-- Arguments that are no single values; each once as it should be.
CREATE TYPE app.ref AS (tenant uuid, id bigint);

CREATE FUNCTION app.titles_in(p int8range) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE t.id <@ p AND upper(p) - lower(p) < 3 $$;

CREATE FUNCTION app.titles_in(p int8multirange) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE t.id <@ p $$;

CREATE FUNCTION app.drop_in(p int8range) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ DELETE FROM app.tasks AS t WHERE t.id <@ p $$;

CREATE FUNCTION app.own_titles_in(p int8range) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE t.id <@ p AND t.tenant_id = app.tenant() $$;

CREATE FUNCTION app.peek(r app.ref) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE t.id = (r).id AND t.tenant_id IS NOT DISTINCT FROM coalesce((r).tenant, t.tenant_id) $$;

-- The tenant that is named is looked at, the task is not.
CREATE FUNCTION app.peek_checked(r app.ref) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE t.id = (r).id AND (r).tenant = app.tenant() $$;

CREATE FUNCTION app.peek_own(r app.ref) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE t.id = (r).id AND t.tenant_id = app.tenant() $$;

CREATE FUNCTION app.dump(p_table regclass) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN QUERY EXECUTE format('SELECT to_jsonb(t) FROM %s AS t', p_table); END $$;
