CREATE SCHEMA pgproof;
CREATE TABLE pgproof.outer_table (n integer);
GRANT USAGE ON SCHEMA pgproof TO PUBLIC;
GRANT INSERT ON pgproof.outer_table TO PUBLIC;
CREATE FUNCTION pgproof.inner_change() RETURNS trigger LANGUAGE plpgsql AS $pgproof$
BEGIN
    $statement;
    RETURN NULL;
END
$pgproof$;
CREATE TRIGGER inner_change AFTER INSERT ON pgproof.outer_table
    FOR EACH ROW EXECUTE FUNCTION pgproof.inner_change()
