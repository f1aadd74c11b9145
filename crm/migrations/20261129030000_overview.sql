-- migrate:up

-- What the overview shows is counted ahead of time (crm/overview_counting.py): nobody adds up a million requests for a page.

-- Requests that have changed since they were counted. One row for each change: whoever makes it waits for nobody.
CREATE TABLE overview_changes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id uuid NOT NULL
);

-- What one request adds to one figure.
CREATE TYPE overview_part AS (
    figure   text,
    owner    text,
    -- The first of a month, or a day, by the company's time zone.
    day      date,
    currency text,
    -- Its status, its supplier or its process; empty where the figure has none.
    what     text,
    step     text,
    -- How long a step took, as a class of durations (crm/overview_counting.py).
    size     integer,
    number   integer,
    -- Money, or seconds.
    amount   numeric
);

-- What a request adds to the figures as they are: taken away before it is counted again.
CREATE TABLE overview_counted (
    request_id uuid PRIMARY KEY,
    parts      overview_part[] NOT NULL
);

-- The figures: the sums of all parts, of each owner, and of everybody (an empty owner).
CREATE TABLE overview_sums (
    figure   text NOT NULL,
    owner    text NOT NULL,
    day      date NOT NULL,
    currency text NOT NULL,
    what     text NOT NULL,
    step     text NOT NULL,
    size     integer NOT NULL,
    number   bigint NOT NULL,
    amount   numeric NOT NULL,
    PRIMARY KEY (figure, owner, day, currency, what, step, size)
);
CREATE INDEX overview_sums_completed ON overview_sums (day, owner) WHERE figure = 'status' AND what = 'completed';
CREATE INDEX overview_sums_nothing ON overview_sums (figure) WHERE number = 0;

-- As of when the figures are: whatever was committed by then is in them. Null: they were never counted to the end.
CREATE TABLE overview_state (
    singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    counted_at timestamptz
);
INSERT INTO overview_state DEFAULT VALUES;

-- The database's own business, so that nobody who changes a request can forget it: every change gives it another version.
CREATE FUNCTION note_overview_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO overview_changes (request_id) VALUES (coalesce(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE TRIGGER purchase_requests_to_count AFTER INSERT OR DELETE ON purchase_requests
FOR EACH ROW EXECUTE FUNCTION note_overview_change();
CREATE TRIGGER purchase_requests_to_count_again AFTER UPDATE OF version ON purchase_requests
FOR EACH ROW WHEN (OLD.version IS DISTINCT FROM NEW.version) EXECUTE FUNCTION note_overview_change();

INSERT INTO overview_changes (request_id) SELECT id FROM purchase_requests;

-- The newest reasons for which requests were returned or rejected.
CREATE INDEX notes_reasons ON notes (at DESC) WHERE action = 'reject';

-- migrate:down

DROP INDEX notes_reasons;
DROP TRIGGER purchase_requests_to_count ON purchase_requests;
DROP TRIGGER purchase_requests_to_count_again ON purchase_requests;
DROP FUNCTION note_overview_change();
DROP TABLE overview_state, overview_sums, overview_counted, overview_changes;
DROP TYPE overview_part;
