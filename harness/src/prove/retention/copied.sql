RETURNING
    (
        SELECT n.nspname
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid = $table.tableoid
    ),
    (SELECT c.relname FROM pg_catalog.pg_class AS c WHERE c.oid = $table.tableoid),
    $table.ctid
