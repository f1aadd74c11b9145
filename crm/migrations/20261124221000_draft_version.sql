-- migrate:up

-- Which saving of the draft it is, so that nobody replaces one that they have not seen.
ALTER TABLE processes ADD COLUMN draft_version integer NOT NULL DEFAULT 1;

-- migrate:down

ALTER TABLE processes DROP COLUMN draft_version;
