-- migrate:up

-- The completed request up to which what was reported was compared; null: to the end, so that the next pass begins anew.
ALTER TABLE reconciliations ADD COLUMN sums_up_to uuid;

-- What a pass through everything has not seen.
CREATE INDEX connector_items_missed ON connector_items (system, key) WHERE missed > 0 AND NOT gone;

-- migrate:down

DROP INDEX connector_items_missed;
ALTER TABLE reconciliations DROP COLUMN sums_up_to;
