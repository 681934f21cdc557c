-- FORCE ROW LEVEL SECURITY holds an owner to its policies, until it alters the table.
ALTER TABLE app.tasks OWNER TO app_user;
