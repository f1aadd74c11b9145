-- migrate:up

-- Comments come in the order in which they were written: the id of one may be older, being that of the form that it was typed into.
CREATE INDEX comments_order ON comments (request_id, written_at, id);
DROP INDEX comments_of;

-- migrate:down

CREATE INDEX comments_of ON comments (request_id, id);
DROP INDEX comments_order;
