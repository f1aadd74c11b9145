-- migrate:up

-- Which kinds of notices somebody wants on their devices, where they have said so: true or false by kind.
ALTER TABLE notice_settings ADD COLUMN push jsonb NOT NULL DEFAULT '{}';

-- Browsers that somebody is told in, too: subscriptions to push messages.
CREATE TABLE push_devices (
    id            uuid PRIMARY KEY,
    username      text NOT NULL REFERENCES users (username) ON DELETE CASCADE,
    name          text NOT NULL,
    -- Where messages to it are posted: at its browser's push service.
    endpoint      text NOT NULL UNIQUE,
    -- Whose host that is.
    service       text NOT NULL,
    -- What messages to it are encrypted with: the browser's public key, and a secret.
    p256dh        bytea NOT NULL,
    auth          bytea NOT NULL,
    -- The public key of ours that it was subscribed with; it takes messages of no other.
    server_key    text NOT NULL,
    made_at       timestamptz NOT NULL DEFAULT now(),
    -- When its push service last took something.
    told_at       timestamptz,
    -- When the push service failed first after that, and what it said last.
    failing_since timestamptz,
    answer        text NOT NULL DEFAULT '',
    -- When the push service said that it is gone; null: it is on.
    ended_at      timestamptz
);
CREATE INDEX push_devices_of ON push_devices (username);

-- What is to be pushed: of one request to one device one notice at a time.
CREATE TABLE pushes (
    device_id   uuid NOT NULL REFERENCES push_devices (id) ON DELETE CASCADE,
    request_id  uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    notice_id   uuid NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
    -- Whether it asks for something: then what only tells does not take its place.
    asks        boolean NOT NULL,
    tries       integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    PRIMARY KEY (device_id, request_id)
);
CREATE INDEX pushes_due ON pushes (next_try_at);
CREATE INDEX pushes_of_notice ON pushes (notice_id);
CREATE INDEX pushes_of_request ON pushes (request_id);

-- migrate:down

DROP TABLE pushes;
DROP TABLE push_devices;
ALTER TABLE notice_settings DROP COLUMN push;
