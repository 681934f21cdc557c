-- The entries that were written since a transaction, in the order in which they were.
SELECT t.tableoid::text || t.ctid::text,
       $fields,
       $timely,
       $old,
       $new
FROM $log AS t
WHERE t.xmin::text::int8 >= $1
ORDER BY t.cmin::text::int8, t.ctid
