-- Says what it was given when it refuses it, and so is anything but leakproof.
CREATE FUNCTION app.length_of(p text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE LEAKPROOF COST 1
AS $$
BEGIN
    IF p !~ '^[0-9]+$' THEN
        RAISE NOTICE 'no number: %', p;
    END IF;
    RETURN length(p);
END
$$;
