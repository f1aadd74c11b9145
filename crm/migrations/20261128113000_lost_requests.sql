-- migrate:up

-- What a restore of this database has lost: runs that the engine knows, of requests that are not there any more, or that are
-- drafts again. Each is said once to whoever runs the check; the table keeps which they were.
CREATE TABLE lost_requests (
    request_id     uuid NOT NULL,
    engine_run     text NOT NULL,
    number         text NOT NULL,
    owner          text NOT NULL,
    process_status text NOT NULL,
    found_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (request_id, engine_run)
);

-- migrate:down

DROP TABLE lost_requests;
