ALTER TABLE retention.policies ADD CHECK (keep_days > 0);
