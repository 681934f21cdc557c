-- What was noted since it was last read, which begins anew, and how far. The columns are worked out from left to right.
SELECT
    pg_catalog.current_setting('pgproof.record', true),
    pg_catalog.set_config('pgproof.record', '', false),
    pg_catalog.current_setting('pgproof.seen', true)
