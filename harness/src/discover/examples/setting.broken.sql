CREATE TABLE refunds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    amount numeric NOT NULL
);
GRANT SELECT, INSERT ON refunds TO shop_app;
