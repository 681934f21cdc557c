-- What the order service writes. None of it says who writes.

-- pgproof: as = "oms_app", name = "customer: keep"
-- $1 number, $2 name, $3 email.
INSERT INTO customers (number, name, email)
VALUES ($1, $2, $3)
ON CONFLICT (number) DO UPDATE
SET
    name = EXCLUDED.name,
    email = EXCLUDED.email
RETURNING id;

-- pgproof: as = "oms_app", name = "order: place from a quote"
-- $1 number, $2 quote.
INSERT INTO orders (number, customer_id, quote_id)
SELECT $1, customer_id, id
FROM quotes
WHERE id = $2 AND status = 'accepted'
RETURNING id;

-- pgproof: as = "oms_app", name = "order: take over the lines of a quote"
-- $1 order, $2 quote.
INSERT INTO order_lines (order_id, line_number, product_id, quantity, unit_price)
SELECT $1, line_number, product_id, quantity, unit_price
FROM quote_lines
WHERE quote_id = $2;

-- pgproof: as = "oms_app", name = "order: note"
-- $1 order, $2 note.
UPDATE open_orders
SET note = $2
WHERE id = $1;

-- pgproof: as = "oms_app", name = "order: tell the warehouse"
-- $1 message.
INSERT INTO outbox (topic, payload)
VALUES ('orders', $1);

-- pgproof: as = "oms_app", name = "payment: receive"
-- $1 invoice, $2 amount, $3 account.
INSERT INTO payments (invoice_id, amount, account_number)
VALUES ($1, $2, $3)
RETURNING id;

-- pgproof: as = "oms_app", name = "settings: all"
SELECT key, value
FROM settings
ORDER BY key;
