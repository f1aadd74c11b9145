-- migrate:up

-- When people of the company work: the newest version counts, and what was reckoned by an older one stays.
CREATE TABLE calendars (
    version    integer PRIMARY KEY CHECK (version > 0),
    document   jsonb NOT NULL,
    changed_by text NOT NULL REFERENCES users (username),
    changed_at timestamptz NOT NULL
);

-- Whose vote somebody may give in their stead; when they could not act; what the clock has done and will do; when they were
-- reminded.
ALTER TABLE assignments
    ADD COLUMN escalated_from uuid REFERENCES assignments (id),
    ADD COLUMN pauses jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN alarms jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN reminded jsonb NOT NULL DEFAULT '[]';

-- migrate:down

ALTER TABLE assignments DROP COLUMN escalated_from, DROP COLUMN pauses, DROP COLUMN alarms, DROP COLUMN reminded;
DROP TABLE calendars;
