-- migrate:up

-- What the reconciler looked at, pass by pass.
CREATE TABLE reconciliations (
    id         uuid PRIMARY KEY,
    started_at timestamptz NOT NULL,
    -- Null: it is at work, or was cut off.
    ended_at   timestamptz,
    -- How many requests and runs were compared.
    compared   jsonb NOT NULL DEFAULT '{}',
    mended     integer NOT NULL DEFAULT 0
);
CREATE INDEX reconciliations_newest ON reconciliations (started_at DESC);

-- What it found: what it mended, and what waits for a person.
CREATE TABLE findings (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL,
    -- Of the request; empty: it is about none.
    number     text NOT NULL DEFAULT '',
    owner      text NOT NULL DEFAULT '',
    facts      jsonb NOT NULL DEFAULT '{}',
    mended     boolean NOT NULL,
    found_at   timestamptz NOT NULL,
    -- When it was found last; what was mended is found once.
    seen_at    timestamptz NOT NULL,
    -- When a whole pass did not find it any more.
    gone_at    timestamptz
);
CREATE UNIQUE INDEX findings_open ON findings (kind, number) WHERE NOT mended AND gone_at IS NULL;
CREATE INDEX findings_newest ON findings (seen_at DESC, id DESC);

-- migrate:down

DROP TABLE findings, reconciliations;
