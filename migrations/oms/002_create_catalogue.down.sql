DROP TABLE prices;
DROP TABLE products;
DROP TABLE customers;
