-- What the order service may do. TRUNCATE is not among it, and of the system's own tables it reads the settings and
-- queues messages.

GRANT USAGE ON SCHEMA public TO oms_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON
    customers,
    products,
    prices,
    quotes,
    quote_lines,
    orders,
    order_lines,
    open_orders,
    shipments,
    invoices,
    payments
TO oms_app;

GRANT SELECT ON settings TO oms_app;
GRANT INSERT (topic, payload) ON outbox TO oms_app;
