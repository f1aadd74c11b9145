-- migrate:up

-- Who may decide for somebody, from when until when, of what, and up to which amount. A row stays when it is revoked.
CREATE TABLE substitutions (
    id          uuid PRIMARY KEY,
    person      text NOT NULL REFERENCES users (username),
    substitute  text NOT NULL REFERENCES users (username) CHECK (substitute <> person),
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL CHECK (ends_at > starts_at),
    -- NULL: all.
    processes   text[],
    departments text[],
    ceiling     numeric,
    currency    text,
    reason      text NOT NULL,
    made_by     text NOT NULL REFERENCES users (username),
    made_at     timestamptz NOT NULL,
    revoked_by  text REFERENCES users (username),
    revoked_at  timestamptz,
    CHECK ((ceiling IS NULL) = (currency IS NULL)),
    CHECK ((revoked_by IS NULL) = (revoked_at IS NULL))
);
CREATE INDEX substitutions_holding ON substitutions (substitute, ends_at) WHERE revoked_at IS NULL;
CREATE INDEX substitutions_given ON substitutions (person, id DESC);
CREATE INDEX substitutions_received ON substitutions (substitute, id DESC);

-- By which substitution somebody decided for whoever was asked, and for whom an entry of the timeline was.
ALTER TABLE assignments ADD COLUMN substitution_id uuid;
ALTER TABLE timeline ADD COLUMN acted_for text, ADD COLUMN substitution_id uuid;

-- migrate:down

ALTER TABLE timeline DROP COLUMN acted_for, DROP COLUMN substitution_id;
ALTER TABLE assignments DROP COLUMN substitution_id;
DROP TABLE substitutions;
