-- migrate:up

-- Mails to people: which notices one carries (notices.mail_id) and its Message-ID, made of its id, are settled before it is sent.
CREATE TABLE mails (
    id          uuid PRIMARY KEY,
    username    text NOT NULL REFERENCES users (username) ON DELETE CASCADE,
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'refused', 'unknown')),
    -- How often it was begun, and how often nobody learned what the server made of it.
    tries       integer NOT NULL DEFAULT 0,
    unsure      integer NOT NULL DEFAULT 0,
    -- While it is being sent: until when whoever does it is believed to live.
    next_try_at timestamptz NOT NULL DEFAULT now(),
    -- The last thing that the mail server said of it.
    answer      text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz
);
CREATE INDEX mails_due ON mails (next_try_at) WHERE state IN ('waiting', 'sending');
CREATE INDEX mails_ended ON mails (state, ended_at DESC) WHERE ended_at IS NOT NULL;
CREATE INDEX notices_of_mail ON notices (mail_id) WHERE mail_id IS NOT NULL;

-- Links to decide from a mail: of each token only the SHA-256, for whom it is, and what they were shown.
CREATE TABLE mail_tokens (
    token_hash    bytea PRIMARY KEY,
    mail_id       uuid NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
    username      text NOT NULL,
    request_id    uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    assignment_id uuid NOT NULL,
    step          text NOT NULL,
    -- The request's, as it was mailed.
    version       integer NOT NULL,
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    -- What it was used for.
    decision      text CHECK (decision IN ('approve', 'reject', 'end'))
);
CREATE INDEX mail_tokens_of_mail ON mail_tokens (mail_id);
CREATE INDEX mail_tokens_of_request ON mail_tokens (request_id);

-- migrate:down

DROP TABLE mail_tokens;
DROP INDEX notices_of_mail;
DROP TABLE mails;
