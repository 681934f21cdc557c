-- Whoever writes a document signs it, by the verified token in the session and by nothing that the statement says.

CREATE SCHEMA tracking;

COMMENT ON SCHEMA tracking IS 'Who writes documents';

-- Who works in this session. A person is told from a service by two marks that must agree; and where anything about the
-- token is doubtful, nobody is known and nothing is written. What the token says is not repeated in an error, for it
-- may hold more than names.
CREATE FUNCTION tracking.current_author(
    OUT id TEXT,
    OUT username TEXT,
    OUT is_service BOOLEAN,
    OUT roles TEXT[]
)
LANGUAGE plpgsql
STABLE
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    -- Never set, it is NULL; local to an earlier transaction, it is empty.
    claims CONSTANT TEXT := btrim(current_setting('request.jwt.claims', TRUE));
    token JSONB;
    has_prefix BOOLEAN;
    fault TEXT;
BEGIN
    IF COALESCE(claims, '') = '' THEN
        fault := 'there is none';
    ELSE
        BEGIN
            token := claims::JSONB;
        EXCEPTION
            WHEN data_exception OR statement_too_complex THEN
                fault := 'it is not JSON';
        END;
    END IF;

    IF fault IS NULL THEN
        id := CASE jsonb_typeof(token -> 'sub') WHEN 'string' THEN token ->> 'sub' END;
        username := CASE jsonb_typeof(token -> 'username') WHEN 'string' THEN token ->> 'username' END;
        is_service := COALESCE(token -> 'service_account' = 'true'::JSONB, FALSE);
        has_prefix := lower(id) LIKE 'svc\_%';
        fault := CASE
            WHEN jsonb_typeof(token) <> 'object' THEN 'it is no JSON object'
            WHEN COALESCE(id, '') = '' THEN 'it names nobody: "sub" is lacking'
            WHEN id ~ '[[:space:][:cntrl:]]' OR length(id) > 255 THEN '"sub" is no identifier'
            WHEN COALESCE(btrim(username), '') = '' THEN '"username" is lacking'
            WHEN username ~ '[[:cntrl:]]' OR length(username) > 255 THEN '"username" is no name'
            WHEN COALESCE(jsonb_typeof(token -> 'service_account'), 'boolean') <> 'boolean'
                THEN '"service_account" is neither true nor false'
            WHEN is_service AND id NOT LIKE 'svc\__%' THEN 'it is a service''s, and "sub" does not begin with svc_'
            WHEN has_prefix AND NOT is_service THEN 'it is no service''s, and "sub" begins with svc_'
            WHEN
                COALESCE(jsonb_typeof(token -> 'roles'), 'array') <> 'array'
                OR jsonb_path_exists(token, 'strict $.roles[*] ? (@.type() != "string")', '{}', TRUE)
                THEN '"roles" is no list of names'
        END;
    END IF;

    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'nobody is known to write documents here: the token in request.jwt.claims is refused: %', fault
            USING
                ERRCODE = 'invalid_authorization_specification',
                HINT = 'The gateway leaves the claims of a verified token there: sub, username, roles, and service_account for services.';
    END IF;

    roles := ARRAY(SELECT jsonb_array_elements_text(token -> 'roles'));
END
$function$;

COMMENT ON FUNCTION tracking.current_author IS 'Who works in this session, by the verified token; an error where that is not known for sure';

-- An author that the statement brings along is written over, however it comes: a column list, an upsert, COPY, a view.
-- Who made a document, and when, stays what it is for good.
CREATE FUNCTION tracking.sign_document()
RETURNS TRIGGER
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    author RECORD;
    at CONSTANT TIMESTAMPTZ := clock_timestamp();
BEGIN
    SELECT * INTO STRICT author FROM tracking.current_author();
    IF TG_OP = 'INSERT' THEN
        NEW._created_by := author.id;
        NEW._created_by_username := author.username;
        NEW._created_at := at;
    ELSE
        NEW._created_by := OLD._created_by;
        NEW._created_by_username := OLD._created_by_username;
        NEW._created_at := OLD._created_at;
    END IF;
    NEW._updated_by := author.id;
    NEW._updated_by_username := author.username;
    NEW._updated_at := at;
    RETURN NEW;
END
$function$;

COMMENT ON FUNCTION tracking.sign_document IS 'Writes the author into a document';

-- No function here is for others to call: a trigger's is called by the trigger, and needs no privilege then.
REVOKE EXECUTE ON FUNCTION tracking.current_author(), tracking.sign_document() FROM PUBLIC;

-- Triggers before a row fire in the order of their names, and this one is to have the last word.
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON customers
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON products
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON prices
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON quotes
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON quote_lines
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON orders
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON order_lines
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON shipments
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON invoices
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();
CREATE TRIGGER zz_sign BEFORE INSERT OR UPDATE ON payments
FOR EACH ROW EXECUTE FUNCTION tracking.sign_document();

-- From here on a row that nobody signs is refused.
ALTER TABLE customers
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;

ALTER TABLE products
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;

ALTER TABLE prices
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;

ALTER TABLE quotes
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;

ALTER TABLE quote_lines
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;

ALTER TABLE orders
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;

ALTER TABLE order_lines
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;

ALTER TABLE shipments
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;

ALTER TABLE invoices
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;

ALTER TABLE payments
    ALTER COLUMN _created_by DROP DEFAULT,
    ALTER COLUMN _created_by_username DROP DEFAULT,
    ALTER COLUMN _created_at DROP DEFAULT,
    ALTER COLUMN _updated_by DROP DEFAULT,
    ALTER COLUMN _updated_by_username DROP DEFAULT,
    ALTER COLUMN _updated_at DROP DEFAULT;
