-- migrate:up

-- Into which fields of its orders another system is told of the requests made from them; empty: it is told nothing.
ALTER TABLE connectors ADD COLUMN write_back jsonb NOT NULL DEFAULT '{}';

-- The orders of other systems that are told of: one row for each, however often there was something.
CREATE TABLE connector_writings (
    id          uuid NOT NULL DEFAULT gen_random_uuid(),
    system      text NOT NULL REFERENCES connectors (system) ON DELETE CASCADE,
    key         text NOT NULL,
    number      text NOT NULL,
    -- How often there may have been something to tell, and up to which of those it was told.
    marks       integer NOT NULL DEFAULT 1,
    told        integer NOT NULL DEFAULT 0,
    -- What it was told last, by field; null: nothing, or it is to be told again.
    written     jsonb,
    -- Why it could not be told: {"reason", "params"}; null: it could, or was not tried yet.
    problem     jsonb,
    failed_at   timestamptz,
    tries       integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (system, key)
);
CREATE INDEX connector_writings_due ON connector_writings (system, next_try_at) WHERE marks > told;

-- migrate:down

DROP TABLE connector_writings;
ALTER TABLE connectors DROP COLUMN write_back;
