-- migrate:up

-- In the order in which a decision takes them: one that is under way is waited for, and the next ones wait.
LOCK TABLE purchase_requests, runs, rounds IN SHARE ROW EXCLUSIVE MODE;

-- Who is asked in which step of which round, why, since when, until when, and what became of it. What is open is the inbox.
CREATE TABLE assignments (
    id         uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES purchase_requests (id),
    round      integer NOT NULL,
    step       text NOT NULL,
    visit      integer NOT NULL,
    person     text NOT NULL REFERENCES users (username),
    reasons    jsonb NOT NULL,
    state      text NOT NULL CHECK (state IN ('waiting', 'open', 'approved', 'returned', 'rejected', 'forwarded',
        'not_needed', 'carried', 'paused')),
    opened_at  timestamptz,
    due_at     timestamptz,
    closed_at  timestamptz,
    acted_by   text,
    UNIQUE (request_id, round, step, visit, person)
);

INSERT INTO assignments (id, request_id, round, step, visit, person, reasons, state, opened_at, due_at, closed_at, acted_by)
SELECT gen_random_uuid(), rounds.request_id, rounds.number, step -> 'plan' ->> 'key', 1, person ->> 'username',
    step -> 'plan' -> 'why',
    CASE WHEN step -> 'approved_by' ? (person ->> 'username') THEN 'approved'
         WHEN rounds.number = runs.round AND r.process_status = 'in_progress' AND step ->> 'state' IN ('open', 'waiting')
            THEN step ->> 'state'
         ELSE 'not_needed' END,
    CASE WHEN step ->> 'state' = 'open' THEN runs.opened_at END,
    CASE WHEN step ->> 'state' = 'open' THEN runs.deadline END,
    CASE WHEN step -> 'approved_by' ? (person ->> 'username') THEN (step ->> 'approved_at')::timestamptz END,
    CASE WHEN step -> 'approved_by' ? (person ->> 'username') THEN person ->> 'username' END
FROM rounds JOIN runs USING (request_id) JOIN purchase_requests r ON r.id = rounds.request_id,
    jsonb_array_elements(rounds.steps) AS steps (step), jsonb_array_elements(step -> 'plan' -> 'approvers') AS people (person);
UPDATE rounds SET steps = (
    SELECT jsonb_agg(CASE WHEN rounds.number = runs.round AND step ->> 'state' = 'open'
        THEN step || jsonb_build_object('opened_at', runs.opened_at) ELSE step END ORDER BY place)
    FROM jsonb_array_elements(rounds.steps) WITH ORDINALITY AS steps (step, place))
FROM runs WHERE runs.request_id = rounds.request_id AND jsonb_array_length(rounds.steps) > 0;

CREATE INDEX assignments_inbox ON assignments (person, coalesce(due_at, 'infinity'), request_id) WHERE state = 'open';
DROP TABLE inbox;
ALTER TABLE runs DROP COLUMN open_step, DROP COLUMN opened_at, DROP COLUMN deadline;

-- The total as approvers would have it, while that differs from the request's own; and how many events were told of it.
ALTER TABLE purchase_requests ADD COLUMN proposed_total numeric, ADD COLUMN event_sequence integer NOT NULL DEFAULT 0;

-- What is to be told, written in the transaction that makes it true; in the order of ``sequence`` within a request.
CREATE TABLE outbox (
    id         uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES purchase_requests (id),
    sequence   integer NOT NULL,
    type       text NOT NULL,
    facts      jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (request_id, sequence)
);
CREATE INDEX outbox_age ON outbox (created_at);

-- ``at`` is when something was said, this is when it was written: hours later, if the engine or the worker was away.
ALTER TABLE timeline ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT now();
UPDATE timeline SET recorded_at = at;

-- When the engine took a command: from then on it only has to be looked at again in case the engine loses it.
ALTER TABLE commands ADD COLUMN handed_over_at timestamptz;
CREATE INDEX commands_age ON commands (delivered_at);

-- Sequences of request numbers are made ahead of time: nothing that serves people needs the right to make tables.
DO $$ BEGIN
    FOR year IN 2020..2099 LOOP
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', 'purchase_request_number_' || year);
    END LOOP;
END $$;
CREATE OR REPLACE FUNCTION next_request_number(year integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    digits text := nextval('purchase_request_number_' || year)::text;
BEGIN
    RETURN format('YCMH-%s-%s', year, lpad(digits, greatest(6, length(digits)), '0'));
END $$;

-- migrate:down

CREATE OR REPLACE FUNCTION next_request_number(year integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text := 'purchase_request_number_' || year;
    digits text;
BEGIN
    digits := nextval(name)::text;
    RETURN format('YCMH-%s-%s', year, lpad(digits, greatest(6, length(digits)), '0'));
EXCEPTION WHEN undefined_table THEN
    PERFORM pg_advisory_xact_lock(hashtext(name));
    EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', name);
    RETURN next_request_number(year);
END $$;
DROP INDEX commands_age;
ALTER TABLE commands DROP COLUMN handed_over_at;
ALTER TABLE timeline DROP COLUMN recorded_at;
DROP TABLE outbox;
ALTER TABLE purchase_requests DROP COLUMN proposed_total, DROP COLUMN event_sequence;
ALTER TABLE runs ADD COLUMN open_step text, ADD COLUMN opened_at timestamptz, ADD COLUMN deadline timestamptz;
CREATE TABLE inbox (
    request_id uuid NOT NULL REFERENCES purchase_requests (id),
    round      integer NOT NULL,
    step       text NOT NULL,
    username   text NOT NULL REFERENCES users (username),
    due        timestamptz NOT NULL,
    PRIMARY KEY (request_id, round, step, username)
);
CREATE INDEX inbox_of ON inbox (username, due, request_id);
INSERT INTO inbox SELECT request_id, round, step, person, coalesce(due_at, 'infinity') FROM assignments WHERE state = 'open';
UPDATE runs SET open_step = a.step, opened_at = a.opened_at, deadline = a.due_at
FROM assignments a WHERE a.request_id = runs.request_id AND a.state = 'open';
DROP TABLE assignments;
