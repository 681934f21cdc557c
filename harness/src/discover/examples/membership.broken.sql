CREATE POLICY edit ON wiki.pages FOR UPDATE TO wiki_app USING (true);
