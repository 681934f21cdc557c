DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname='app') THEN CREATE ROLE app NOLOGIN; END IF; END$$;
CREATE TABLE templates (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), tenant_id uuid NOT NULL, title text NOT NULL, body text NOT NULL);
ALTER TABLE templates ENABLE ROW LEVEL SECURITY; ALTER TABLE templates FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON templates TO app USING (tenant_id = nullif(current_setting('app.tenant',true),'')::uuid) WITH CHECK (tenant_id = nullif(current_setting('app.tenant',true),'')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON templates TO app;
CREATE FUNCTION duplicate(p_id uuid) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path='' AS $$ INSERT INTO public.templates(tenant_id,title,body) SELECT nullif(current_setting('app.tenant',true),'')::uuid,title||' (copy)',body FROM public.templates WHERE id=p_id $$;