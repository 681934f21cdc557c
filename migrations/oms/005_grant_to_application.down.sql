REVOKE INSERT (topic, payload) ON outbox FROM oms_app;
REVOKE ALL ON
    settings,
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
FROM oms_app;
REVOKE USAGE ON SCHEMA public FROM oms_app;
