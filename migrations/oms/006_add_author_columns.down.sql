-- A view can't lose columns, so it is made again, with what there was on it.
DROP VIEW open_orders;

CREATE VIEW open_orders WITH (security_invoker = TRUE) AS
SELECT id, number, customer_id, status, placed_at, note
FROM orders
WHERE status = 'open';

COMMENT ON VIEW open_orders IS 'Orders that nothing was sent for yet';

GRANT SELECT, INSERT, UPDATE, DELETE ON open_orders TO oms_app;

ALTER TABLE payments
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;

ALTER TABLE invoices
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;

ALTER TABLE shipments
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;

ALTER TABLE order_lines
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;

ALTER TABLE orders
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;

ALTER TABLE quote_lines
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;

ALTER TABLE quotes
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;

ALTER TABLE prices
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;

ALTER TABLE products
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;

ALTER TABLE customers
    DROP COLUMN _created_by,
    DROP COLUMN _created_by_username,
    DROP COLUMN _created_at,
    DROP COLUMN _updated_by,
    DROP COLUMN _updated_by_username,
    DROP COLUMN _updated_at;
