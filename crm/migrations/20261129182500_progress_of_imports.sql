-- migrate:up

-- How far a file is that is worked on, for whoever waits for it: {"doing", "done", "rows"}; and when that was said.
ALTER TABLE imports
    ADD COLUMN progress jsonb,
    ADD COLUMN progress_at timestamptz;

-- migrate:down

ALTER TABLE imports DROP COLUMN progress, DROP COLUMN progress_at;
