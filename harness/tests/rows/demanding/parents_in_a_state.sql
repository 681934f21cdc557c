-- Triggers that want the parent in a state.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE projects (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, status text NOT NULL CHECK (status IN ('active', 'archived', 'deleted')), budget int NOT NULL CHECK (budget > 0));
CREATE TABLE tasks (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, project_id uuid NOT NULL REFERENCES projects, cost int NOT NULL CHECK (cost > 0), title text NOT NULL);
CREATE FUNCTION open_project() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE p projects;
BEGIN
  SELECT * INTO p FROM projects WHERE id = NEW.project_id;
  IF p.status <> 'active' THEN RAISE EXCEPTION 'project is %', p.status; END IF;
  IF p.tenant_id <> NEW.tenant_id THEN RAISE EXCEPTION 'project is another one''s'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER open_project BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION open_project();
CREATE TABLE entries (id uuid PRIMARY KEY, task_id uuid NOT NULL REFERENCES tasks ON DELETE CASCADE, minutes int NOT NULL CHECK (minutes % 15 = 0 AND minutes > 0), day date NOT NULL CHECK (extract(isodow FROM day) < 6));
