-- migrate:up

-- What became of a line with the last approval: NULL, it is bought; 'reject', it stays struck through; 'return', a request of its
-- own was made of it. And why.
ALTER TABLE purchase_request_lines ADD COLUMN decision text CHECK (decision IN ('reject', 'return')),
    ADD COLUMN decision_note text NOT NULL DEFAULT '';

-- The request whose returned lines a request was made of.
ALTER TABLE purchase_requests ADD COLUMN parent_id uuid REFERENCES purchase_requests (id);
CREATE INDEX purchase_requests_parent ON purchase_requests (parent_id) WHERE parent_id IS NOT NULL;

-- Whether an approval left lines out.
ALTER TABLE timeline ADD COLUMN by_line boolean NOT NULL DEFAULT false;

-- migrate:down

ALTER TABLE timeline DROP COLUMN by_line;
DROP INDEX purchase_requests_parent;
ALTER TABLE purchase_requests DROP COLUMN parent_id;
ALTER TABLE purchase_request_lines DROP COLUMN decision, DROP COLUMN decision_note;
