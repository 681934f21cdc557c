CREATE ROLE desk_app NOLOGIN;
CREATE TABLE change_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    clerk text,
    relation text NOT NULL,
    op text NOT NULL,
    row_id text,
    before jsonb,
    after jsonb
);
CREATE FUNCTION write_down() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    was jsonb := to_jsonb(OLD) - 'pin_hash';
    is_now jsonb := to_jsonb(NEW) - 'pin_hash';
BEGIN
    INSERT INTO public.change_log (clerk, relation, op, row_id, before, after)
    VALUES (
        nullif(current_setting('desk.clerk', true), ''),
        format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME),
        TG_OP,
        coalesce(is_now, was) ->> 'id',
        was,
        is_now
    );
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION write_down() FROM PUBLIC;
CREATE TABLE cards (id integer PRIMARY KEY, holder text NOT NULL, pin_hash text NOT NULL);
CREATE TABLE loans (id integer PRIMARY KEY, card_id integer NOT NULL REFERENCES cards, title text NOT NULL);
CREATE TRIGGER write_down AFTER INSERT OR UPDATE OR DELETE ON cards FOR EACH ROW EXECUTE FUNCTION write_down();
CREATE TRIGGER write_down AFTER INSERT OR UPDATE OR DELETE ON loans FOR EACH ROW EXECUTE FUNCTION write_down();
GRANT SELECT, INSERT, UPDATE, DELETE ON cards, loans TO desk_app;
