-- What a run has made on this server, written down where the next run finds it.
CREATE TABLE public.made (
    kind text NOT NULL CHECK (kind IN ('database', 'role')),
    name text NOT NULL,
    oid oid,
    PRIMARY KEY (kind, name)
);
