-- Clones of processes that are gone: each process that lives has a session whose application's name bears its token.
SELECT d.datname::text
FROM pg_catalog.pg_database AS d
WHERE d.datname ~ '_pgproof_[0-9a-f]{8}_[0-9]+$'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_stat_activity AS a
      WHERE a.application_name = 'pgproof ' || substring(d.datname FROM '_pgproof_([0-9a-f]{8})_[0-9]+$')
  )
ORDER BY d.oid
