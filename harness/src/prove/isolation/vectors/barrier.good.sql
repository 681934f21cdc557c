ALTER VIEW app.my_tasks SET (security_barrier = true);
