-- migrate:up

-- The version with which what is decided on changed last. A vote moves the version and leaves this as it is, so that a vote in
-- one branch does not make a decision in another one stale.
ALTER TABLE purchase_requests ADD COLUMN content_version integer NOT NULL DEFAULT 1;
UPDATE purchase_requests SET content_version = version;

-- How many proposed changes the round had when somebody approved: whether their approval still holds in another step.
ALTER TABLE assignments ADD COLUMN seen_changes integer;

-- migrate:down

ALTER TABLE assignments DROP COLUMN seen_changes;
ALTER TABLE purchase_requests DROP COLUMN content_version;
