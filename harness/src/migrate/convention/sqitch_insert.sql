WITH given AS (
    SELECT
        r,
        r ->> 'id' AS id,
        r ->> 'project' AS project,
        ARRAY(SELECT pg_catalog.jsonb_array_elements_text(r -> 'requires')) AS requires,
        ARRAY(SELECT pg_catalog.jsonb_array_elements_text(r -> 'requires_ids')) AS requires_ids,
        ARRAY(SELECT pg_catalog.jsonb_array_elements_text(r -> 'conflicts')) AS conflicts,
        ARRAY(SELECT t ->> 'tag' FROM pg_catalog.jsonb_array_elements(r -> 'tags') AS t) AS tags
    FROM (SELECT $1::jsonb AS r) AS input
),
project AS (
    INSERT INTO sqitch.projects (project, uri, creator_name, creator_email)
    SELECT project, r ->> 'uri', 'pgproof', 'pgproof@localhost'
    FROM given
    ON CONFLICT (project) DO NOTHING
),
change AS (
    INSERT INTO sqitch.changes
        (change_id, script_hash, change, project, note, committer_name, committer_email, planned_at, planner_name,
         planner_email)
    SELECT
        id, r ->> 'script_hash', r ->> 'change', project, r ->> 'note', 'pgproof', 'pgproof@localhost',
        (r ->> 'planned_at')::timestamptz, r ->> 'planner_name', r ->> 'planner_email'
    FROM given
),
required AS (
    INSERT INTO sqitch.dependencies (change_id, type, dependency, dependency_id)
    SELECT id, 'require', dependency, dependency_id
    FROM given, ROWS FROM (pg_catalog.unnest(requires), pg_catalog.unnest(requires_ids)) AS d (dependency, dependency_id)
    WHERE dependency_id IS NOT NULL
    UNION ALL
    SELECT id, 'conflict', dependency, NULL
    FROM given, pg_catalog.unnest(conflicts) AS d (dependency)
),
tagged AS (
    INSERT INTO sqitch.tags
        (tag_id, tag, project, change_id, note, committer_name, committer_email, planned_at, planner_name, planner_email)
    SELECT
        t ->> 'id', t ->> 'tag', project, given.id, t ->> 'note', 'pgproof', 'pgproof@localhost',
        (t ->> 'planned_at')::timestamptz, t ->> 'planner_name', t ->> 'planner_email'
    FROM given, pg_catalog.jsonb_array_elements(r -> 'tags') AS t
)
INSERT INTO sqitch.events
    (event, change_id, change, project, note, requires, conflicts, tags, committer_name, committer_email, planned_at,
     planner_name, planner_email)
SELECT
    'deploy', id, r ->> 'change', project, r ->> 'note', requires, conflicts, tags, 'pgproof', 'pgproof@localhost',
    (r ->> 'planned_at')::timestamptz, r ->> 'planner_name', r ->> 'planner_email'
FROM given;
