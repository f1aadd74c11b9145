-- migrate:up

-- What a change of somebody holds to, and what a search looks through: name, username, e-mail and department; lower case, without accents.
ALTER TABLE users ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN search_text text GENERATED ALWAYS AS (
    lower(regexp_replace(normalize(translate(name || ' ' || username || ' ' || email || ' ' || department, 'đĐ', 'dd'), NFD),
        '[\u0300-\u036f]', '', 'g'))) STORED;
CREATE INDEX users_search ON users USING gin (search_text gin_trgm_ops);

-- What was changed of whom, by whom, in which way. The database itself writes it down, whoever changes somebody.
CREATE TABLE people_changes (
    id         uuid PRIMARY KEY,
    place      bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    username   text NOT NULL REFERENCES users (username) ON DELETE CASCADE,
    changed_at timestamptz NOT NULL DEFAULT now(),
    -- Null: nobody has said so, as somebody at the database does not.
    changed_by text REFERENCES users (username) ON DELETE SET NULL,
    -- By hand (pages or API), from a file, from the identity provider at sign-in, or otherwise.
    way        text NOT NULL CHECK (way IN ('hand', 'file', 'sign_in', 'other')),
    is_new     boolean NOT NULL,
    -- By field: what it was and what it is.
    fields     jsonb NOT NULL
);
CREATE INDEX people_changes_of ON people_changes (username, place DESC);

-- Whoever changes people says so for the transaction: crm.changed_by, crm.changed_way and, of a call that may come twice, crm.change_id.
CREATE FUNCTION people_said(name text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('crm.' || name, true), '')
$$;

CREATE FUNCTION count_person_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF ROW(NEW.name, NEW.roles, NEW.manager, NEW.department, NEW.email, NEW.active)
        IS DISTINCT FROM ROW(OLD.name, OLD.roles, OLD.manager, OLD.department, OLD.email, OLD.active) THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER count_person_changed BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION count_person_changed();

CREATE FUNCTION note_person_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept   CONSTANT text[] := '{name,roles,manager,department,email,active}';
    was    jsonb := CASE WHEN TG_OP = 'UPDATE' THEN to_jsonb(OLD) ELSE '{}' END;
    fields jsonb;
BEGIN
    SELECT jsonb_object_agg(key, jsonb_build_array(was -> key, value)) INTO fields
    FROM jsonb_each(to_jsonb(NEW)) WHERE key = ANY (kept) AND value IS DISTINCT FROM was -> key;
    IF fields IS NOT NULL THEN
        INSERT INTO people_changes (id, username, changed_by, way, is_new, fields)
        VALUES (coalesce(people_said('change_id')::uuid, gen_random_uuid()), NEW.username, people_said('changed_by'),
            coalesce(people_said('changed_way'), 'other'), TG_OP = 'INSERT', fields);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER note_person_changed AFTER INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION note_person_changed();

-- migrate:down

DROP TRIGGER note_person_changed ON users;
DROP FUNCTION note_person_changed();
DROP TRIGGER count_person_changed ON users;
DROP FUNCTION count_person_changed();
DROP FUNCTION people_said(text);
DROP TABLE people_changes;
ALTER TABLE users DROP COLUMN search_text;
ALTER TABLE users DROP COLUMN version;
