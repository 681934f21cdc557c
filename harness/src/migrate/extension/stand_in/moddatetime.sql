-- In place of moddatetime: sets the column that the trigger names to the time of the transaction.
CREATE FUNCTION moddatetime() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    RETURN jsonb_populate_record(new, jsonb_build_object(tg_argv[0], now()));
END
$$;
