-- Every change of a document leaves an event. One that can't be stored is not lost: it goes to the dead letters. Only
-- where that fails, too, the change itself does.

CREATE SCHEMA audit;

COMMENT ON SCHEMA audit IS 'What became of the documents: out of the application''s reach';

CREATE TABLE audit.events (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    occurred_at TIMESTAMPTZ NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('INSERT', 'UPDATE', 'DELETE')),
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    actor_username TEXT NOT NULL,
    actor_is_service BOOLEAN NOT NULL,
    actor_roles TEXT[] NOT NULL,
    old_values JSONB,
    new_values JSONB,
    changed_fields TEXT[] NOT NULL,
    transaction_id XID8 NOT NULL
);

CREATE INDEX idx_events_resource ON audit.events (resource_type, resource_id, occurred_at);
CREATE INDEX idx_events_actor ON audit.events (actor_id, occurred_at);
-- What the metrics count.
CREATE INDEX idx_events_action ON audit.events (action, resource_type);

COMMENT ON TABLE audit.events IS 'Each change of a document: what, by whom, before and after';
COMMENT ON COLUMN audit.events.resource_id IS 'The key of the document, before the change where it had one; its columns joined by a colon';

CREATE TABLE audit.dead_letters (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dlq_type TEXT NOT NULL CHECK (dlq_type IN ('refused', 'unavailable')),
    died_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    event JSONB NOT NULL CHECK (event ?& ARRAY['action', 'resource_type', 'actor_id', 'actor_is_service']),
    error_code TEXT NOT NULL,
    error_message TEXT NOT NULL,
    stored_at TIMESTAMPTZ
);

CREATE INDEX idx_dead_letters_waiting ON audit.dead_letters (dlq_type, died_at) WHERE stored_at IS NULL;

COMMENT ON TABLE audit.dead_letters IS 'Events that could not be stored, as they would have been';
COMMENT ON COLUMN audit.dead_letters.dlq_type IS 'refused: the log did not take this event; unavailable: it took none';
COMMENT ON COLUMN audit.dead_letters.stored_at IS 'When it came to the log after all; NULL while it waits';

-- Nobody rewrites history, the owner included: whoever means to has to take the triggers away first, and that shows.
CREATE FUNCTION audit.refuse_change()
RETURNS TRIGGER
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RAISE EXCEPTION '% of % is refused: what it holds is only added to', TG_OP, TG_RELID::REGCLASS
        USING ERRCODE = 'object_not_in_prerequisite_state';
END
$function$;

COMMENT ON FUNCTION audit.refuse_change IS 'Keeps rows that are there as they are';

CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON audit.events
FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit.events
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Of a dead letter nothing changes but that it comes to the log, once.
CREATE TRIGGER keep_letter BEFORE UPDATE ON audit.dead_letters
FOR EACH ROW
WHEN (
    OLD.stored_at IS NOT NULL
    OR to_jsonb(OLD) - 'stored_at' IS DISTINCT FROM to_jsonb(NEW) - 'stored_at'
)
EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER keep BEFORE DELETE ON audit.dead_letters
FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit.dead_letters
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- An event comes to the log as JSON, so that a dead letter comes there the same way as any other.
CREATE FUNCTION audit.store(event JSONB)
RETURNS VOID
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    INSERT INTO audit.events (
        occurred_at, action, resource_type, resource_id, actor_id, actor_username, actor_is_service, actor_roles,
        old_values, new_values, changed_fields, transaction_id
    )
    SELECT
        e.occurred_at, e.action, e.resource_type, e.resource_id, e.actor_id, e.actor_username, e.actor_is_service,
        e.actor_roles, e.old_values, e.new_values, e.changed_fields, e.transaction_id::XID8
    FROM jsonb_to_record(event) AS e (
        occurred_at TIMESTAMPTZ,
        action TEXT,
        resource_type TEXT,
        resource_id TEXT,
        actor_id TEXT,
        actor_username TEXT,
        actor_is_service BOOLEAN,
        actor_roles TEXT[],
        old_values JSONB,
        new_values JSONB,
        changed_fields TEXT[],
        transaction_id TEXT
    );
END
$function$;

COMMENT ON FUNCTION audit.store IS 'Puts an event into the log';

-- Its arguments: the columns of the key, and those whose values never leave the table, each joined by commas.
CREATE FUNCTION audit.record_change()
RETURNS TRIGGER
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    key_columns CONSTANT TEXT[] := string_to_array(TG_ARGV[0], ',');
    hidden_columns CONSTANT TEXT[] := string_to_array(COALESCE(TG_ARGV[1], ''), ',');
    before CONSTANT JSONB := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after CONSTANT JSONB := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    author RECORD;
    event JSONB;
    code TEXT;
    message TEXT;
BEGIN
    SELECT * INTO STRICT author FROM tracking.current_author();
    event := jsonb_build_object(
        'occurred_at', clock_timestamp(),
        'action', TG_OP,
        'resource_type', TG_TABLE_NAME,
        'resource_id', (
            SELECT string_agg(COALESCE(before, after) ->> k.name, ':' ORDER BY k.place)
            FROM unnest(key_columns) WITH ORDINALITY AS k (name, place)
        ),
        'actor_id', author.id,
        'actor_username', author.username,
        'actor_is_service', author.is_service,
        'actor_roles', to_jsonb(author.roles),
        'old_values', before - hidden_columns,
        'new_values', after - hidden_columns,
        'changed_fields', to_jsonb(ARRAY(
            SELECT c.name
            FROM jsonb_object_keys(COALESCE(after, before)) AS c (name)
            WHERE before -> c.name IS DISTINCT FROM after -> c.name
            ORDER BY c.name
        )),
        'transaction_id', pg_current_xact_id()::TEXT
    );

    BEGIN
        PERFORM audit.store(event);
    EXCEPTION
        -- The transaction is to be tried again as a whole, and no event of it remains.
        WHEN transaction_rollback THEN
            RAISE;
        WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
            INSERT INTO audit.dead_letters (dlq_type, event, error_code, error_message)
            VALUES (
                -- Class 22 is bad data, 23 a constraint: the fault of the event, which no waiting mends.
                CASE WHEN left(code, 2) IN ('22', '23') THEN 'refused' ELSE 'unavailable' END,
                event,
                code,
                message
            );
    END;
    RETURN NULL;
END
$function$;

COMMENT ON FUNCTION audit.record_change IS 'Puts a change into the log, or else among the dead letters';

-- For operators, once the log takes events again. Two of them at once do not store a letter twice.
CREATE FUNCTION audit.store_dead_letters()
RETURNS BIGINT
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    letter RECORD;
    stored BIGINT := 0;
BEGIN
    FOR letter IN
        SELECT d.id, d.event
        FROM audit.dead_letters AS d
        WHERE d.stored_at IS NULL
        ORDER BY d.id
        FOR UPDATE SKIP LOCKED
    LOOP
        BEGIN
            PERFORM audit.store(letter.event);
            UPDATE audit.dead_letters SET stored_at = clock_timestamp() WHERE id = letter.id;
            stored := stored + 1;
        EXCEPTION
            WHEN transaction_rollback THEN
                RAISE;
            WHEN OTHERS THEN
                NULL; -- It stays where it is, with its first error.
        END;
    END LOOP;
    RETURN stored;
END
$function$;

COMMENT ON FUNCTION audit.store_dead_letters IS 'Brings waiting dead letters to the log, and says how many came there';

-- A TRUNCATE names no document, so there is no event that would tell of it.
CREATE FUNCTION audit.refuse_truncate()
RETURNS TRIGGER
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RAISE EXCEPTION 'TRUNCATE of % is refused: it would leave no trace', TG_RELID::REGCLASS
        USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'DELETE leaves an event for each document.';
END
$function$;

COMMENT ON FUNCTION audit.refuse_truncate IS 'Has documents deleted one by one';

REVOKE EXECUTE ON FUNCTION
    audit.refuse_change(),
    audit.store(JSONB),
    audit.record_change(),
    audit.store_dead_letters(),
    audit.refuse_truncate()
FROM PUBLIC;

CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON customers
FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON products
FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON prices
FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON quotes
FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON quote_lines
FOR EACH ROW EXECUTE FUNCTION audit.record_change('quote_id,line_number');
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON orders
FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON order_lines
FOR EACH ROW EXECUTE FUNCTION audit.record_change('order_id,line_number');
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON shipments
FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON invoices
FOR EACH ROW EXECUTE FUNCTION audit.record_change('id');
CREATE TRIGGER record AFTER INSERT OR UPDATE OR DELETE ON payments
FOR EACH ROW EXECUTE FUNCTION audit.record_change('id', 'account_number');

CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON customers
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON products
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON prices
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON quotes
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON quote_lines
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON orders
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON order_lines
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON shipments
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON invoices
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON payments
FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_truncate();
