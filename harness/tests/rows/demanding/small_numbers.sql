-- Few values, and each but once.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE slots (tenant_id TENANT NOT NULL REFERENCES tenants, weekday smallint NOT NULL CHECK (weekday BETWEEN 0 AND 6), hour smallint NOT NULL CHECK (hour >= 0 AND hour < 24), open boolean NOT NULL, PRIMARY KEY (tenant_id, weekday, hour));
CREATE TABLE ratings (tenant_id TENANT NOT NULL, stars smallint NOT NULL CHECK (stars BETWEEN 1 AND 5), note text, UNIQUE (tenant_id, stars));
CREATE TABLE flags (tenant_id TENANT NOT NULL, bits bit(3) NOT NULL CHECK (bits <> B'000'), level "char" NOT NULL CHECK (level IN ('a', 'b', 'c')), PRIMARY KEY (tenant_id, level));
CREATE TABLE quotas (tenant_id TENANT NOT NULL, used numeric(3, 2) NOT NULL CHECK (used >= 0 AND used <= 1), rank int NOT NULL CHECK (rank > 0), UNIQUE (tenant_id, rank));
CREATE TABLE numbers (id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL, even int NOT NULL CHECK (even % 2 = 0), power int NOT NULL CHECK (power IN (1, 2, 4, 8, 16)), tiny real NOT NULL CHECK (tiny > 0 AND tiny < 0.001), negative bigint NOT NULL CHECK (negative < -1000000000000));
