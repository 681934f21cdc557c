CREATE POLICY reading ON ledgers FOR SELECT TO tenants USING (amount > 0);
