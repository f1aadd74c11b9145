-- migrate:up

-- How often somebody was refused on a request. Of each day the first refusals are on the timeline, further ones are only
-- counted here.
CREATE TABLE refusals (
    request_id uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    -- Empty for all who are not known: names can be made up, and used by others.
    person     text NOT NULL,
    -- The day (UTC) of the last one, and how many there were on it.
    day        date NOT NULL,
    on_day     integer NOT NULL,
    -- How many are not on the timeline, in all and by code, and when the last of them was.
    counted    bigint NOT NULL DEFAULT 0,
    codes      jsonb NOT NULL DEFAULT '{}',
    counted_at timestamptz,
    PRIMARY KEY (request_id, person)
);

-- What became of a command whose refusal was only counted. It is no part of a request's record, and is forgotten after a time.
CREATE TABLE counted_refusals (
    command_id uuid PRIMARY KEY,
    request_id uuid NOT NULL,
    action     text NOT NULL,
    ends_run   boolean NOT NULL,
    actor      text NOT NULL,
    refusal    jsonb NOT NULL,
    refused_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX counted_refusals_age ON counted_refusals (refused_at);

-- What became of a command, wherever it is noted.
CREATE VIEW outcomes AS
    SELECT command_id, request_id, action, ends_run, actor, refusal FROM timeline
    UNION ALL SELECT command_id, request_id, action, ends_run, actor, refusal FROM counted_refusals;

-- migrate:down

DROP VIEW outcomes;
DROP TABLE counted_refusals, refusals;
