DROP VIEW open_orders;
DROP TABLE order_lines;
DROP TABLE orders;
DROP TABLE quote_lines;
DROP TABLE quotes;
