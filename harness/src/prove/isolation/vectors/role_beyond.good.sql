REVOKE SELECT ON app.tasks FROM search;
