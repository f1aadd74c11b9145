-- migrate:up

-- Who is signed in to the pages, from which browser: of the key that the browser has, only the hash is here.
CREATE TABLE sessions (
    key_hash         bytea PRIMARY KEY CHECK (length(key_hash) = 32),
    username         text NOT NULL REFERENCES users (username) ON DELETE CASCADE,
    began_at         timestamptz NOT NULL DEFAULT now(),
    authenticated_at timestamptz,
    seen_at          timestamptz NOT NULL DEFAULT now(),
    ends_at          timestamptz NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (username, seen_at);

-- A session ends by being deleted, whoever deletes it: every API process hears of it and ends its streams.
CREATE FUNCTION tell_sessions_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('sessions_ended', encode(key_hash, 'hex')) FROM gone;
    RETURN NULL;
END
$$;
CREATE TRIGGER tell_sessions_ended AFTER DELETE ON sessions REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION tell_sessions_ended();

-- Whoever may not sign in any more is signed out, and stays so if they may again.
CREATE FUNCTION end_sessions_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM sessions WHERE username = NEW.username;
    RETURN NULL;
END
$$;
CREATE TRIGGER end_sessions_of_user AFTER UPDATE OF active ON users
    FOR EACH ROW WHEN (OLD.active AND NOT NEW.active) EXECUTE FUNCTION end_sessions_of_user();

-- migrate:down

DROP TRIGGER end_sessions_of_user ON users;
DROP FUNCTION end_sessions_of_user();
DROP TABLE sessions;
DROP FUNCTION tell_sessions_ended();
