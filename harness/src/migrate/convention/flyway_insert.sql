INSERT INTO :ledger
    (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
VALUES
    ($1, $2, $3, $4, $5, $6, current_user, $7, true);
