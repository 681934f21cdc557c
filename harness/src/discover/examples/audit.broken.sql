GRANT DELETE ON change_log TO desk_app;
