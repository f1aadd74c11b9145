-- migrate:up

-- Sales orders and opportunities come from other systems, which know them by keys of their own. What a system cancels, or does
-- not have any more, stays: requests were made from it.
ALTER TABLE sources
    ADD COLUMN system text NOT NULL DEFAULT 'demo',
    ADD COLUMN key text NOT NULL DEFAULT gen_random_uuid()::text,
    ADD COLUMN cancelled_at timestamptz,
    -- When what we have of it changed last.
    ADD COLUMN changed_at timestamptz NOT NULL DEFAULT now();
UPDATE sources SET key = number;
ALTER TABLE sources ADD CONSTRAINT sources_key UNIQUE (system, key);
-- The number of one that was cancelled can be given to another: whoever deletes an order there may write it again.
ALTER TABLE sources DROP CONSTRAINT sources_number_key;
CREATE UNIQUE INDEX sources_number ON sources (number) WHERE cancelled_at IS NULL;

ALTER TABLE source_lines
    ADD COLUMN key text NOT NULL DEFAULT gen_random_uuid()::text,
    ADD COLUMN gone_at timestamptz;
UPDATE source_lines SET key = position::text;
ALTER TABLE source_lines ADD CONSTRAINT source_lines_key UNIQUE (source_id, key);
-- Lines change places, and one that is gone keeps the place that it had.
ALTER TABLE source_lines DROP CONSTRAINT source_lines_source_id_position_key;

-- migrate:down

DELETE FROM source_lines WHERE gone_at IS NOT NULL;
ALTER TABLE source_lines DROP COLUMN key, DROP COLUMN gone_at, ADD UNIQUE (source_id, position);
DROP INDEX sources_number;
ALTER TABLE sources DROP COLUMN system, DROP COLUMN key, DROP COLUMN cancelled_at, DROP COLUMN changed_at, ADD UNIQUE (number);
