-- A setting is not immutable: the planner asks once and keeps the answer.
ALTER FUNCTION app.tenant() IMMUTABLE;
