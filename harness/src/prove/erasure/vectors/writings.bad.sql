-- What people ask for stays when they are gone.
ALTER TABLE app.orders ADD COLUMN comment text;
