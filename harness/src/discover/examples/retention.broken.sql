GRANT EXECUTE ON FUNCTION purge_visits(integer) TO door_app;
