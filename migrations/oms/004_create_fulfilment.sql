-- What is sent, billed and paid.

CREATE TABLE shipments (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    order_id UUID NOT NULL REFERENCES orders (id),
    carrier TEXT NOT NULL CHECK (carrier <> ''),
    tracking_number TEXT,
    handed_over_at TIMESTAMPTZ,
    delivered_at TIMESTAMPTZ,
    CHECK (delivered_at >= handed_over_at)
);

CREATE INDEX idx_shipments_order ON shipments (order_id);

COMMENT ON TABLE shipments IS 'A parcel of an order';

CREATE TABLE invoices (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    number TEXT NOT NULL UNIQUE CHECK (number <> ''),
    order_id UUID NOT NULL REFERENCES orders (id),
    total NUMERIC(12, 2) NOT NULL CHECK (total >= 0),
    currency CHAR(3) NOT NULL DEFAULT 'EUR',
    issued_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    due_on DATE
);

CREATE INDEX idx_invoices_order ON invoices (order_id);

COMMENT ON TABLE invoices IS 'What a customer owes for an order';

CREATE TABLE payments (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    invoice_id UUID NOT NULL REFERENCES invoices (id),
    amount NUMERIC(12, 2) NOT NULL CHECK (amount > 0),
    method TEXT NOT NULL DEFAULT 'transfer' CHECK (method IN ('transfer', 'card', 'cash')),
    account_number TEXT,
    received_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_payments_invoice ON payments (invoice_id);

COMMENT ON TABLE payments IS 'What a customer has paid of an invoice';
COMMENT ON COLUMN payments.account_number IS 'The payer''s account: never outside of this table';
