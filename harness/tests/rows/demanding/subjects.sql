-- A row about one of several things.
CREATE TABLE tenants (id TENANT PRIMARY KEY, name text NOT NULL UNIQUE);
CREATE TABLE posts (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, title text NOT NULL);
CREATE TABLE photos (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id TENANT NOT NULL REFERENCES tenants, url text NOT NULL CHECK (url LIKE 'https://%'));
CREATE TABLE reactions (id uuid PRIMARY KEY, tenant_id TENANT NOT NULL, post_id uuid REFERENCES posts, photo_id bigint REFERENCES photos, reply_to uuid REFERENCES reactions,
    kind text NOT NULL CHECK (kind IN ('post', 'photo', 'reply')), emoji varchar(8) NOT NULL,
    CHECK (num_nonnulls(post_id, photo_id, reply_to) = 1),
    CHECK (CASE kind WHEN 'post' THEN post_id IS NOT NULL WHEN 'photo' THEN photo_id IS NOT NULL ELSE reply_to IS NOT NULL END));
CREATE TABLE links (tenant_id TENANT NOT NULL, left_id uuid NOT NULL REFERENCES posts, right_id uuid NOT NULL REFERENCES posts, PRIMARY KEY (left_id, right_id), CHECK (left_id < right_id));
CREATE TABLE tagged (tenant_id TENANT NOT NULL, subject_type text NOT NULL, subject_id text NOT NULL, tag text NOT NULL, PRIMARY KEY (tenant_id, subject_type, subject_id, tag), CHECK (subject_type IN ('post', 'photo')));
