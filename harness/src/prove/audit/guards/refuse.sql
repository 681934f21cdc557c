CREATE SCHEMA IF NOT EXISTS pgproof;
GRANT USAGE ON SCHEMA pgproof TO PUBLIC;
CREATE OR REPLACE FUNCTION pgproof.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'pgproof lets the log refuse its entries' USING ERRCODE = tg_argv[0];
END
$$;
CREATE TRIGGER "!pgproof" BEFORE INSERT ON $log FOR EACH ROW EXECUTE FUNCTION pgproof.refuse($code);
ALTER TABLE $log ENABLE ALWAYS TRIGGER "!pgproof"
