-- migrate:up

-- In the order in which a report is taken: one that is under way is waited for, and the next ones wait.
LOCK TABLE runs IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE purchasing_events IN ACCESS EXCLUSIVE MODE;

-- Who reported it; null: nobody noted it. And whether it was entered in a form.
ALTER TABLE purchasing_events
    ADD COLUMN reported_by text REFERENCES users (username),
    ADD COLUMN by_hand boolean NOT NULL DEFAULT false;
UPDATE purchasing_events SET by_hand = true WHERE event_id LIKE 'manual-%';

-- The ledger of receipts: what each report says of a line. Rows are never changed; what has come is their sum
-- (approval/receipts.py), which the line and its run have beside the newest correction and what came or went after it.
CREATE TABLE receipts (
    event_id    text NOT NULL REFERENCES purchasing_events (event_id),
    line_id     uuid NOT NULL REFERENCES purchase_request_lines (id),
    kind        text NOT NULL CHECK (kind IN ('received', 'sent_back', 'corrected')),
    request_id  uuid NOT NULL REFERENCES purchase_requests (id),
    quantity    numeric NOT NULL CHECK (quantity >= 0),
    occurred_at timestamptz NOT NULL,
    PRIMARY KEY (event_id, line_id, kind)
);
CREATE INDEX receipts_of ON receipts (request_id, occurred_at, event_id);

-- Goods may go back before anybody reports that they came.
ALTER TABLE purchase_request_lines DROP CONSTRAINT purchase_request_lines_quantity_received_check;

-- Reports so far said how much had come in all: corrections. A line goes by its id, or by a product code that no other line has;
-- where a report names a line twice, the last of it was meant.
INSERT INTO receipts (event_id, line_id, kind, request_id, quantity, occurred_at)
SELECT DISTINCT ON (e.event_id, l.id) e.event_id, l.id, 'corrected', e.request_id, (said.line ->> 'quantity_received')::numeric,
    e.occurred_at
FROM purchasing_events e
    CROSS JOIN LATERAL jsonb_array_elements(e.body -> 'lines') WITH ORDINALITY AS said (line, place)
    CROSS JOIN LATERAL (
        SELECT id FROM purchase_request_lines WHERE request_id = e.request_id AND id = (said.line ->> 'line_id')::uuid
        UNION ALL
        SELECT min(id::text)::uuid FROM purchase_request_lines
        WHERE request_id = e.request_id AND decision IS NULL AND product_code = said.line ->> 'product_code'
            AND said.line ->> 'line_id' IS NULL
        HAVING count(*) = 1
    ) l
WHERE said.line ->> 'quantity_received' IS NOT NULL AND (said.line ->> 'quantity_received')::numeric >= 0
ORDER BY e.event_id, l.id, said.place DESC;

-- What the process side has of a report whose lines were not found by it.
INSERT INTO receipts (event_id, line_id, kind, request_id, quantity, occurred_at)
SELECT e.event_id, l.id, 'corrected', e.request_id, (known.value ->> 'value')::numeric, e.occurred_at
FROM runs
    CROSS JOIN LATERAL jsonb_each(runs.purchasing -> 'lines') known
    JOIN purchase_request_lines l ON l.id = known.key::uuid AND l.request_id = runs.request_id
    JOIN purchasing_events e ON e.event_id = known.value ->> 'event_id' AND e.request_id = runs.request_id
WHERE (known.value ->> 'value')::numeric >= 0
ON CONFLICT DO NOTHING;

ANALYZE receipts;

-- migrate:down

DROP TABLE receipts;
UPDATE purchase_request_lines SET quantity_received = 0 WHERE quantity_received < 0;
ALTER TABLE purchase_request_lines ADD CONSTRAINT purchase_request_lines_quantity_received_check CHECK (quantity_received >= 0);
ALTER TABLE purchasing_events DROP COLUMN reported_by, DROP COLUMN by_hand;
