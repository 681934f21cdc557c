-- Tables that inherit.
CREATE TABLE things (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, name text NOT NULL CHECK (length(name) > 2));
CREATE TABLE cars (wheels int NOT NULL CHECK (wheels IN (3, 4))) INHERITS (things);
CREATE TABLE racing_cars (top_speed int NOT NULL CHECK (top_speed > 200), PRIMARY KEY (id)) INHERITS (cars);
CREATE TABLE laps (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL, car_id uuid NOT NULL REFERENCES racing_cars, lap interval NOT NULL CHECK (lap > interval '0' AND lap < interval '1 hour'));
