REVOKE ALL ON ops.jobs FROM app_user;
