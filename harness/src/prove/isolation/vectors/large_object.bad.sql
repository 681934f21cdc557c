ALTER ROLE app_user SET lo_compat_privileges = on;
