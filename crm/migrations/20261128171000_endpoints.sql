-- migrate:up

-- Where other systems and chats are told what happens.
CREATE TABLE endpoints (
    id              uuid PRIMARY KEY,
    kind            text NOT NULL CHECK (kind IN ('webhook', 'teams', 'slack', 'google_chat', 'zalo')),
    name            text NOT NULL,
    -- Encrypted, since who knows the address of a chat can write into it; so are the secrets.
    address         text NOT NULL,
    -- Of a chat that the address alone does not name.
    chat_id         text NOT NULL DEFAULT '',
    -- Which events; null: all.
    event_types     text[],
    -- Of what a chat reads.
    language        text NOT NULL DEFAULT 'vi' CHECK (language IN ('vi', 'en')),
    -- Who made it, and is told when it is switched off.
    owner           text NOT NULL REFERENCES users (username),
    made_at         timestamptz NOT NULL DEFAULT now(),
    -- What a webhook is signed with, and what made it: the same call does not make another one.
    secret          text,
    secret_id       uuid,
    -- The secret before it, good until then.
    previous_secret text,
    previous_until  timestamptz,
    -- Why nothing is delivered there; null: it is on.
    off_reason      text CHECK (off_reason IN ('by_hand', 'gone', 'failing')),
    -- Since when it is on, or off.
    state_since     timestamptz NOT NULL DEFAULT now(),
    -- When it failed first after it last took something.
    failing_since   timestamptz
);

-- What an endpoint is told: one row for each event.
CREATE TABLE deliveries (
    id          uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    event_id    uuid NOT NULL,
    request_id  uuid NOT NULL,
    -- Those of a request are delivered in this order.
    sequence    integer NOT NULL,
    type        text NOT NULL,
    -- As it is sent and signed, made once.
    body        text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    tries       integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    -- What the receiver answered to each of the last tries.
    answers     jsonb NOT NULL DEFAULT '[]',
    -- Null: it waits.
    outcome     text CHECK (outcome IN ('delivered', 'given_up')),
    done_at     timestamptz CHECK ((done_at IS NULL) = (outcome IS NULL)),
    UNIQUE (event_id, endpoint_id)
);
CREATE INDEX deliveries_due ON deliveries (endpoint_id, next_try_at) WHERE done_at IS NULL;
CREATE INDEX deliveries_in_order ON deliveries (endpoint_id, request_id, sequence) WHERE done_at IS NULL;
CREATE INDEX deliveries_of ON deliveries (endpoint_id, id DESC);
CREATE INDEX deliveries_age ON deliveries ((coalesce(done_at, created_at)));

-- Its owner is told in the bell that an endpoint is switched off, which is about no request.
ALTER TABLE notices ALTER COLUMN request_id DROP NOT NULL;

-- migrate:down

DELETE FROM notices WHERE request_id IS NULL;
ALTER TABLE notices ALTER COLUMN request_id SET NOT NULL;
DROP TABLE deliveries, endpoints;
