-- migrate:up

-- Where somebody is written to; empty: nowhere.
ALTER TABLE users ADD COLUMN email text NOT NULL DEFAULT '';

-- When an event was told on. What happened before anybody was told is old: nobody hears of it now.
ALTER TABLE outbox ADD COLUMN dispatched_at timestamptz DEFAULT now();
ALTER TABLE outbox ALTER COLUMN dispatched_at DROP DEFAULT;
CREATE INDEX outbox_waiting ON outbox (created_at) WHERE dispatched_at IS NULL;
ALTER TABLE outbox DROP CONSTRAINT outbox_request_id_fkey,
    ADD CONSTRAINT outbox_request_id_fkey FOREIGN KEY (request_id) REFERENCES purchase_requests (id) ON DELETE CASCADE;

-- How somebody wants to be told, where they have said so.
CREATE TABLE notice_settings (
    username text PRIMARY KEY REFERENCES users (username) ON DELETE CASCADE,
    language text NOT NULL DEFAULT 'vi' CHECK (language IN ('vi', 'en')),
    -- By kind of notice: at_once, daily or off.
    email    jsonb NOT NULL DEFAULT '{}'
);

-- What people are told: the bell, and what of it goes by mail.
CREATE TABLE notices (
    id         uuid PRIMARY KEY,
    username   text NOT NULL REFERENCES users (username) ON DELETE CASCADE,
    event_id   uuid NOT NULL,
    request_id uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    kind       text NOT NULL,
    type       text NOT NULL,
    facts      jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at    timestamptz,
    -- From when on it may be mailed; null: it is not, or need not be any more.
    mail_at    timestamptz,
    -- The mail that it went with.
    mail_id    uuid,
    UNIQUE (event_id, username)
);
CREATE INDEX notices_of ON notices (username, id DESC);
CREATE INDEX notices_unread ON notices (username, request_id) WHERE read_at IS NULL;
CREATE INDEX notices_of_request ON notices (request_id) WHERE read_at IS NULL OR (mail_at IS NOT NULL AND mail_id IS NULL);
CREATE INDEX notices_to_mail ON notices (mail_at) WHERE mail_at IS NOT NULL AND mail_id IS NULL;
CREATE INDEX notices_age ON notices (created_at);

-- migrate:down

DROP TABLE notices;
DROP TABLE notice_settings;
ALTER TABLE outbox DROP CONSTRAINT outbox_request_id_fkey,
    ADD CONSTRAINT outbox_request_id_fkey FOREIGN KEY (request_id) REFERENCES purchase_requests (id);
ALTER TABLE outbox DROP COLUMN dispatched_at;
ALTER TABLE users DROP COLUMN email;
