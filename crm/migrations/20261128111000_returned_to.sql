-- migrate:up

-- Of a return to an earlier step: its key. NULL: to the owner.
ALTER TABLE timeline ADD COLUMN returned_to text;

-- migrate:down

ALTER TABLE timeline DROP COLUMN returned_to;
