-- migrate:up

-- When a request was sent last: how far back requests are added up.
ALTER TABLE runs ADD COLUMN sent_at timestamptz NOT NULL DEFAULT now();
UPDATE runs SET sent_at = coalesce((SELECT max(at) FROM timeline t
    WHERE t.request_id = runs.request_id AND t.action = 'send' AND t.accepted), sent_at);
CREATE INDEX runs_sent_at ON runs (sent_at);

-- What the request of a round was added up to with others, and with which.
ALTER TABLE rounds ADD COLUMN cumulated jsonb;

-- migrate:down

ALTER TABLE rounds DROP COLUMN cumulated;
DROP INDEX runs_sent_at;
ALTER TABLE runs DROP COLUMN sent_at;
