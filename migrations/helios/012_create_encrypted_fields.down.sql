DROP TABLE encrypted_fields;
