ALTER TABLE payments
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

ALTER TABLE invoices
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

ALTER TABLE shipments
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

ALTER TABLE order_lines
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

ALTER TABLE orders
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

ALTER TABLE quote_lines
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

ALTER TABLE quotes
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

ALTER TABLE prices
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

ALTER TABLE products
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

ALTER TABLE customers
    ALTER COLUMN _created_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _created_by_username SET DEFAULT 'migration',
    ALTER COLUMN _created_at SET DEFAULT now(),
    ALTER COLUMN _updated_by SET DEFAULT 'svc_migration',
    ALTER COLUMN _updated_by_username SET DEFAULT 'migration',
    ALTER COLUMN _updated_at SET DEFAULT now();

DROP TRIGGER zz_sign ON payments;
DROP TRIGGER zz_sign ON invoices;
DROP TRIGGER zz_sign ON shipments;
DROP TRIGGER zz_sign ON order_lines;
DROP TRIGGER zz_sign ON orders;
DROP TRIGGER zz_sign ON quote_lines;
DROP TRIGGER zz_sign ON quotes;
DROP TRIGGER zz_sign ON prices;
DROP TRIGGER zz_sign ON products;
DROP TRIGGER zz_sign ON customers;

DROP FUNCTION tracking.sign_document();
DROP FUNCTION tracking.current_author();
DROP SCHEMA tracking;
