-- Who buys, what is sold, and for how much.

CREATE TABLE customers (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    number TEXT NOT NULL UNIQUE CHECK (number <> ''),
    name TEXT NOT NULL CHECK (name <> ''),
    email TEXT CHECK (position('@' IN email) > 1),
    country CHAR(2) NOT NULL DEFAULT 'DE',
    registered_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

COMMENT ON TABLE customers IS 'Who may be sent quotes, goods and invoices';

CREATE TABLE products (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    sku TEXT NOT NULL UNIQUE CHECK (sku <> ''),
    title TEXT NOT NULL CHECK (title <> ''),
    description TEXT,
    is_active BOOLEAN NOT NULL DEFAULT TRUE
);

COMMENT ON TABLE products IS 'What is sold';

CREATE TABLE prices (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id UUID NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    currency CHAR(3) NOT NULL DEFAULT 'EUR',
    amount NUMERIC(12, 2) NOT NULL CHECK (amount >= 0),
    valid_from DATE NOT NULL DEFAULT CURRENT_DATE,
    UNIQUE (product_id, currency, valid_from)
);

COMMENT ON TABLE prices IS 'What a product costs from a day on, until the next price';
