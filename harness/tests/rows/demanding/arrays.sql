-- Arrays: how many, of what, and which.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TYPE day AS ENUM ('mon', 'tue', 'wed', 'thu', 'fri');
CREATE TABLE shifts (
    id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants,
    days day[] NOT NULL CHECK (cardinality(days) BETWEEN 1 AND 5), roles text[] NOT NULL CHECK (roles <@ ARRAY['cook', 'waiter', 'host']),
    skills text[] NOT NULL CHECK (skills @> ARRAY['hygiene']), scores int[] NOT NULL CHECK (0 < ALL (scores) AND array_length(scores, 1) = 3),
    tags text[] NOT NULL CHECK (array_position(tags, NULL) IS NULL AND cardinality(tags) >= 2), box numeric[] NOT NULL CHECK (array_ndims(box) = 1 AND cardinality(box) = 4),
    codes text[] CHECK ('' <> ALL (codes)), matrix int[][] CHECK (matrix IS NULL OR array_ndims(matrix) = 2));
