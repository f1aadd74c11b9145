-- migrate:up

-- The one row that each API process writes now and then, to know that the database takes writes.
CREATE TABLE api_probe (
    only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    written_at timestamptz NOT NULL
);

-- migrate:down

DROP TABLE api_probe;
