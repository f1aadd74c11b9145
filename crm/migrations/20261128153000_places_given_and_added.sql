-- migrate:up

-- From whose place somebody got theirs, who added them to the approvers, and before whom they are heard.
ALTER TABLE assignments
    ADD COLUMN forwarded_from uuid REFERENCES assignments (id),
    ADD COLUMN added_by text,
    ADD COLUMN heard_before uuid REFERENCES assignments (id);

-- Whom an entry of the timeline is about, and where they were added.
ALTER TABLE timeline ADD COLUMN whom text, ADD COLUMN added_where text;

-- What people are asked and have yet to answer (Xin ý kiến), for their inbox: the round's steps have all of it. Each transition of a
-- run that changes it writes it anew.
CREATE TABLE open_consultations (
    id         uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES purchase_requests (id),
    step       text NOT NULL,
    asked      text NOT NULL REFERENCES users (username),
    asked_by   text NOT NULL REFERENCES users (username),
    question   text NOT NULL,
    asked_at   timestamptz NOT NULL
);
CREATE INDEX open_consultations_of ON open_consultations (asked, asked_at, id);
CREATE INDEX open_consultations_request ON open_consultations (request_id);

-- What waits on somebody who has left, or will.
CREATE INDEX assignments_undecided ON assignments (person, request_id) WHERE state IN ('waiting', 'paused');

-- migrate:down

DROP INDEX assignments_undecided;
DROP TABLE open_consultations;
ALTER TABLE timeline DROP COLUMN whom, DROP COLUMN added_where;
ALTER TABLE assignments DROP COLUMN heard_before, DROP COLUMN added_by, DROP COLUMN forwarded_from;
