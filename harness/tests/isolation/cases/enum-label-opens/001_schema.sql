DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hr_web') THEN
    CREATE ROLE hr_web NOLOGIN;
  END IF;
END
$$;
CREATE SCHEMA hr;
GRANT USAGE ON SCHEMA hr TO hr_web;
CREATE TYPE hr.review_state AS ENUM ('open', 'self_assessed', 'manager_assessed', 'disputed', 'calibrated');
CREATE TABLE hr.reviews (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  company_id uuid NOT NULL,
  state hr.review_state NOT NULL DEFAULT 'open',
  remarks text NOT NULL
);
ALTER TABLE hr.reviews ENABLE ROW LEVEL SECURITY;
ALTER TABLE hr.reviews FORCE ROW LEVEL SECURITY;
CREATE POLICY company_read ON hr.reviews FOR SELECT TO hr_web
  USING (company_id = nullif(current_setting('hr.company_id', true), '')::uuid OR state >= 'calibrated');
CREATE POLICY company_write ON hr.reviews FOR INSERT TO hr_web
  WITH CHECK (company_id = nullif(current_setting('hr.company_id', true), '')::uuid);
GRANT SELECT, INSERT ON hr.reviews TO hr_web;
