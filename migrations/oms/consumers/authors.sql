-- Who wrote a document: what every page of the order service shows of it. The names of these statements are those of the
-- tables: one for each kind of document, and none for the system's own.

-- pgproof: as = "oms_app", name = "authors of customers"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM customers
WHERE id = $1;

-- pgproof: as = "oms_app", name = "authors of products"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM products
WHERE id = $1;

-- pgproof: as = "oms_app", name = "authors of prices"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM prices
WHERE id = $1;

-- pgproof: as = "oms_app", name = "authors of quotes"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM quotes
WHERE id = $1;

-- pgproof: as = "oms_app", name = "authors of quote_lines"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM quote_lines
WHERE quote_id = $1 AND line_number = $2;

-- pgproof: as = "oms_app", name = "authors of orders"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM orders
WHERE id = $1;

-- pgproof: as = "oms_app", name = "authors of order_lines"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM order_lines
WHERE order_id = $1 AND line_number = $2;

-- pgproof: as = "oms_app", name = "authors of shipments"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM shipments
WHERE id = $1;

-- pgproof: as = "oms_app", name = "authors of invoices"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM invoices
WHERE id = $1;

-- pgproof: as = "oms_app", name = "authors of payments"
SELECT _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM payments
WHERE id = $1;

-- pgproof: as = "oms_app", name = "authors of open orders"
SELECT id, number, _created_by, _created_by_username, _created_at, _updated_by, _updated_by_username, _updated_at
FROM open_orders
ORDER BY placed_at;
