-- migrate:up

-- Who has how much waiting, and decided how much, is counted as well (crm/overview_counting.py).
CREATE INDEX overview_sums_decisions ON overview_sums (day, owner) WHERE figure = 'decision';

-- Every request is counted again for that; until it is done the figures say that they are not complete.
UPDATE overview_state SET counted_at = NULL;
INSERT INTO overview_changes (request_id) SELECT id FROM purchase_requests;

-- migrate:down

DROP INDEX overview_sums_decisions;
INSERT INTO overview_changes (request_id) SELECT id FROM purchase_requests;
