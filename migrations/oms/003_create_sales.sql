-- What customers are offered, and what they order.

CREATE TABLE quotes (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    number TEXT NOT NULL UNIQUE CHECK (number <> ''),
    customer_id UUID NOT NULL REFERENCES customers (id),
    status TEXT NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'sent', 'accepted', 'declined', 'expired')),
    offered_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    note TEXT
);

CREATE INDEX idx_quotes_customer ON quotes (customer_id);

COMMENT ON TABLE quotes IS 'What a customer is offered';

CREATE TABLE quote_lines (
    quote_id UUID NOT NULL REFERENCES quotes (id) ON DELETE CASCADE,
    line_number INTEGER NOT NULL CHECK (line_number > 0),
    product_id UUID NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL DEFAULT 1 CHECK (quantity > 0),
    unit_price NUMERIC(12, 2) NOT NULL CHECK (unit_price >= 0),
    PRIMARY KEY (quote_id, line_number)
);

CREATE INDEX idx_quote_lines_product ON quote_lines (product_id);

COMMENT ON TABLE quote_lines IS 'One product of a quote';

CREATE TABLE orders (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    number TEXT NOT NULL UNIQUE CHECK (number <> ''),
    customer_id UUID NOT NULL REFERENCES customers (id),
    quote_id UUID REFERENCES quotes (id) ON DELETE SET NULL,
    status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'shipped', 'invoiced', 'paid', 'cancelled')),
    placed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    note TEXT
);

CREATE INDEX idx_orders_customer ON orders (customer_id);
CREATE INDEX idx_orders_quote ON orders (quote_id);
CREATE INDEX idx_orders_open ON orders (placed_at) WHERE status = 'open';

COMMENT ON TABLE orders IS 'What a customer has ordered';

CREATE TABLE order_lines (
    order_id UUID NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    line_number INTEGER NOT NULL CHECK (line_number > 0),
    product_id UUID NOT NULL REFERENCES products (id),
    quantity INTEGER NOT NULL DEFAULT 1 CHECK (quantity > 0),
    unit_price NUMERIC(12, 2) NOT NULL CHECK (unit_price >= 0),
    PRIMARY KEY (order_id, line_number)
);

CREATE INDEX idx_order_lines_product ON order_lines (product_id);

COMMENT ON TABLE order_lines IS 'One product of an order';

-- What is still to be worked on. The application also writes through it.
CREATE VIEW open_orders WITH (security_invoker = TRUE) AS
SELECT id, number, customer_id, status, placed_at, note
FROM orders
WHERE status = 'open';

COMMENT ON VIEW open_orders IS 'Orders that nothing was sent for yet';
