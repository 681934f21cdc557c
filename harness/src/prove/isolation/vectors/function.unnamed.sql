-- What is asked for is called like no column; what is a secret may be asked for by who knows it.
ALTER TABLE app.tasks ADD COLUMN share_token text NOT NULL DEFAULT gen_random_uuid()::text;

CREATE FUNCTION app.free(p text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT NOT EXISTS (SELECT FROM app.tasks AS t WHERE t.title = p) $$;

CREATE FUNCTION app.free_of_own(p text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT NOT EXISTS (SELECT FROM app.tasks AS t WHERE t.title = p AND t.tenant_id = app.tenant()) $$;

CREATE FUNCTION app.shared_with(p text) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.id FROM app.tasks AS t WHERE t.share_token = p $$;
