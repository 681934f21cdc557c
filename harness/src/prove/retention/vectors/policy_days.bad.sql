-- Nothing keeps out a rule that makes no sense.
ALTER TABLE retention.policies DROP CONSTRAINT policies_keep_days_check;
