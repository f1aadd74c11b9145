-- migrate:up

-- What people have flagged, each for themselves.
CREATE TABLE request_flags (
    username   text NOT NULL REFERENCES users (username),
    request_id uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    flagged_at timestamptz NOT NULL,
    PRIMARY KEY (username, request_id)
);
-- A draft is deleted with its flags.
CREATE INDEX request_flags_request ON request_flags (request_id);

-- migrate:down

DROP TABLE request_flags;
