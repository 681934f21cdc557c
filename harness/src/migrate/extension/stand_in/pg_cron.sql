-- In place of pg_cron: jobs are written down, and never run.
CREATE SCHEMA IF NOT EXISTS cron;
CREATE SEQUENCE cron.jobid_seq;
CREATE TABLE cron.job (
    jobid bigint PRIMARY KEY DEFAULT nextval('cron.jobid_seq'),
    schedule text NOT NULL,
    command text NOT NULL,
    nodename text NOT NULL DEFAULT 'localhost',
    nodeport integer NOT NULL DEFAULT 5432,
    database text NOT NULL DEFAULT current_database(),
    username text NOT NULL DEFAULT current_user,
    active boolean NOT NULL DEFAULT true,
    jobname text,
    UNIQUE (jobname, username)
);
CREATE SEQUENCE cron.runid_seq;
CREATE TABLE cron.job_run_details (
    jobid bigint,
    runid bigint PRIMARY KEY DEFAULT nextval('cron.runid_seq'),
    job_pid integer,
    database text,
    username text,
    command text,
    status text,
    return_message text,
    start_time timestamptz,
    end_time timestamptz
);
ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY cron_job_policy ON cron.job USING (username = current_user);
ALTER TABLE cron.job_run_details ENABLE ROW LEVEL SECURITY;
CREATE POLICY cron_job_run_details_policy ON cron.job_run_details USING (username = current_user);
GRANT SELECT ON cron.job TO public;
GRANT SELECT, DELETE ON cron.job_run_details TO public;
GRANT USAGE ON SCHEMA cron TO public;
-- As the real ones, they act for the caller beyond what he is granted on the table.
CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
DECLARE
    number bigint;
BEGIN
    INSERT INTO cron.job AS j (schedule, command, jobname, username)
    VALUES ($2, $3, $1, session_user)
    ON CONFLICT (jobname, username) DO UPDATE SET schedule = excluded.schedule, command = excluded.command
    RETURNING j.jobid INTO number;
    RETURN number;
END
$$;
CREATE FUNCTION cron.schedule(schedule text, command text) RETURNS bigint LANGUAGE sql
AS $$ SELECT cron.schedule(NULL::text, $1, $2) $$;
CREATE FUNCTION cron.schedule_in_database(
    job_name text, schedule text, command text, database text, username text DEFAULT NULL, active boolean DEFAULT true
)
RETURNS bigint LANGUAGE sql
AS $$ SELECT cron.schedule($1, $2, $3) $$;
CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
BEGIN
    DELETE FROM cron.job WHERE jobname = $1 AND username = session_user;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'could not find valid entry for job ''%''', $1;
    END IF;
    RETURN true;
END
$$;
CREATE FUNCTION cron.unschedule(job_id bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
BEGIN
    DELETE FROM cron.job WHERE jobid = $1 AND username = session_user;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'could not find valid entry for job ''%''', $1;
    END IF;
    RETURN true;
END
$$;
CREATE FUNCTION cron.alter_job(
    job_id bigint, schedule text DEFAULT NULL, command text DEFAULT NULL, database text DEFAULT NULL,
    username text DEFAULT NULL, active boolean DEFAULT NULL
)
RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog
AS $$
    UPDATE cron.job AS j
    SET schedule = coalesce($2, j.schedule), command = coalesce($3, j.command), active = coalesce($6, j.active)
    WHERE j.jobid = $1 AND j.username = session_user
$$;
