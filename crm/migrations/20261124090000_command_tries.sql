-- migrate:up

-- A command that cannot be delivered is tried again later and later, so that it never holds up the others.
ALTER TABLE commands
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    ADD COLUMN next_try_at timestamptz NOT NULL DEFAULT now();
DROP INDEX commands_pending;
CREATE INDEX commands_pending ON commands (next_try_at) WHERE delivered_at IS NULL;

-- migrate:down

DROP INDEX commands_pending;
CREATE INDEX commands_pending ON commands (created_at) WHERE delivered_at IS NULL;
ALTER TABLE commands DROP COLUMN tries, DROP COLUMN next_try_at;
