-- Who wrote each document first and last, and when. Of the documents that are there already nobody knows: this migration
-- signs for them, as the service that it is.
--
-- A constant default is kept in the catalog, so it fills the old rows without writing any of them. It also signs for
-- what is written until the next migration, which has every document signed by whoever writes it and takes the defaults away.

ALTER TABLE customers
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

ALTER TABLE products
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

ALTER TABLE prices
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

ALTER TABLE quotes
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

ALTER TABLE quote_lines
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

ALTER TABLE orders
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

ALTER TABLE order_lines
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

ALTER TABLE shipments
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

ALTER TABLE invoices
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

ALTER TABLE payments
    ADD COLUMN _created_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _created_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN _updated_by TEXT NOT NULL DEFAULT 'svc_migration',
    ADD COLUMN _updated_by_username TEXT NOT NULL DEFAULT 'migration',
    ADD COLUMN _updated_at TIMESTAMPTZ NOT NULL DEFAULT now();

-- When they were made most documents tell. Products, prices and shipments don't, and keep the time of this migration.
UPDATE customers SET _created_at = registered_at;
UPDATE quotes SET _created_at = offered_at;
UPDATE orders SET _created_at = placed_at;
UPDATE invoices SET _created_at = issued_at;
UPDATE payments SET _created_at = received_at;

-- A line is as old as what it is a line of.
UPDATE quote_lines SET _created_at = quotes._created_at FROM quotes WHERE quotes.id = quote_lines.quote_id;
UPDATE order_lines SET _created_at = orders._created_at FROM orders WHERE orders.id = order_lines.order_id;

-- A view's columns are those of the day on which it was made.
CREATE OR REPLACE VIEW open_orders WITH (security_invoker = TRUE) AS
SELECT
    id,
    number,
    customer_id,
    status,
    placed_at,
    note,
    _created_by,
    _created_by_username,
    _created_at,
    _updated_by,
    _updated_by_username,
    _updated_at
FROM orders
WHERE status = 'open';
