-- What nobody knows a value for, and what shows nothing whatever it is given.
CREATE FUNCTION app.at_place(p_where point) RETURNS SETOF text STRICT
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE p_where[0] > 0 $$;

CREATE FUNCTION app.nothing(p_id bigint) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT t.title FROM app.tasks AS t WHERE false $$;
