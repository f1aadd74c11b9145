-- migrate:up

-- A decision that its person may take back for some seconds is kept among the commands until it takes effect. Its row is what
-- taking it back and taking effect lock: of the two, one wins.
ALTER TABLE commands
    ADD COLUMN takes_effect_at timestamptz,
    ADD COLUMN undone_at timestamptz;
CREATE INDEX commands_deferred ON commands (request_id, takes_effect_at) WHERE takes_effect_at IS NOT NULL;
CREATE INDEX commands_deferred_by ON commands (actor, takes_effect_at) WHERE takes_effect_at IS NOT NULL;

-- migrate:down

DROP INDEX commands_deferred, commands_deferred_by;
ALTER TABLE commands DROP COLUMN takes_effect_at, DROP COLUMN undone_at;
