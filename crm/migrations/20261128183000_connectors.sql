-- migrate:up

-- Other systems whose orders are read: one row for each, once an admin has connected it.
CREATE TABLE connectors (
    system           text PRIMARY KEY,
    address          text NOT NULL,
    client_id        text NOT NULL,
    -- Encrypted, like the secret that hints are signed with; null: no hint is taken.
    client_secret    text NOT NULL,
    hint_secret      text,
    -- Where that system calls its fields by other names than usual.
    fields           jsonb NOT NULL DEFAULT '{}',
    enabled          boolean NOT NULL DEFAULT true,
    changed_by       text NOT NULL REFERENCES users (username),
    changed_at       timestamptz NOT NULL,
    -- Whatever had changed there by then was read.
    watermark        timestamptz,
    -- When that was last another one, by our clock.
    watermark_at     timestamptz,
    -- Where a pass stands that has not come to its end; null: none is under way.
    checkpoint       jsonb,
    -- How many passes through everything came to their end, when the last one did, and whether there is to be one now.
    full_passes      integer NOT NULL DEFAULT 0,
    full_pass_at     timestamptz,
    full_pass_wanted boolean NOT NULL DEFAULT true,
    -- When it last said that something has changed.
    hinted_at        timestamptz
);

-- What each pass did.
CREATE TABLE connector_syncs (
    id        uuid PRIMARY KEY,
    system    text NOT NULL REFERENCES connectors (system) ON DELETE CASCADE,
    kind      text NOT NULL CHECK (kind IN ('first', 'full', 'changes')),
    begun_at  timestamptz NOT NULL,
    ended_at  timestamptz,
    -- How many there are to read, as far as that is known.
    to_read   integer,
    read      integer NOT NULL DEFAULT 0,
    made      integer NOT NULL DEFAULT 0,
    changed   integer NOT NULL DEFAULT 0,
    cancelled integer NOT NULL DEFAULT 0,
    parked    integer NOT NULL DEFAULT 0,
    -- Calls of the other system.
    calls     integer NOT NULL DEFAULT 0,
    -- Why it stopped before its end; the next one goes on from there.
    trouble   text,
    detail    text NOT NULL DEFAULT ''
);
CREATE INDEX connector_syncs_of ON connector_syncs (system, id DESC);

-- Everything that was ever read there.
CREATE TABLE connector_items (
    system     text NOT NULL REFERENCES connectors (system) ON DELETE CASCADE,
    key        text NOT NULL,
    -- Its last change, as it was last taken; null: it is to be taken again, whenever that was.
    changed_at timestamptz,
    -- Whose it is, by that system's name.
    owner      text NOT NULL DEFAULT '',
    -- Made from what other items say: it is in no list there.
    derived    boolean NOT NULL DEFAULT false,
    -- The pass through everything (its number) in which it was seen last, and how many have missed it since.
    seen_in    integer NOT NULL,
    missed     integer NOT NULL DEFAULT 0,
    gone       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (system, key)
);
CREATE INDEX connector_items_owner ON connector_items (system, owner);

-- What could not be taken, and why.
CREATE TABLE connector_failures (
    id          uuid PRIMARY KEY,
    system      text NOT NULL REFERENCES connectors (system) ON DELETE CASCADE,
    key         text NOT NULL,
    number      text NOT NULL DEFAULT '',
    owner       text NOT NULL DEFAULT '',
    reason      text NOT NULL,
    params      jsonb NOT NULL DEFAULT '{}',
    failed_at   timestamptz NOT NULL,
    tries       integer NOT NULL DEFAULT 1,
    next_try_at timestamptz NOT NULL,
    UNIQUE (system, key)
);
CREATE INDEX connector_failures_due ON connector_failures (system, next_try_at);

-- Whom the names of that system mean.
CREATE TABLE connector_people (
    system   text NOT NULL REFERENCES connectors (system) ON DELETE CASCADE,
    name     text NOT NULL,
    -- Null: nobody knows.
    username text REFERENCES users (username),
    -- Null: nobody said so, the names are alike.
    set_by   text REFERENCES users (username),
    PRIMARY KEY (system, name)
);

-- migrate:down

DROP TABLE connector_people, connector_failures, connector_items, connector_syncs, connectors;
