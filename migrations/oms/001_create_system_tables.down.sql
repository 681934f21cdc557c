DROP TABLE outbox;
DROP TABLE settings;
DROP TABLE system_tables;
