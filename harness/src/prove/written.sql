-- The relations that this transaction has written, and a few more: what is written is locked until the end.
SELECT relation
FROM pg_catalog.pg_locks
WHERE pid = pg_catalog.pg_backend_pid()
  AND locktype = 'relation'
  AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
ORDER BY relation
