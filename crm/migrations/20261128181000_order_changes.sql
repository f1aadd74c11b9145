-- migrate:up

-- What the line of the order said when the request's line was made from it: {"product_code", "unit", "quantity"}. Lines that are
-- older were made, as far as anybody knows, from what it says now.
ALTER TABLE purchase_request_lines ADD COLUMN made_from jsonb;
UPDATE purchase_request_lines l
SET made_from = jsonb_build_object('product_code', s.product_code, 'unit', s.unit, 'quantity', s.quantity::text)
FROM source_lines s WHERE s.id = l.source_line_id;

-- How the order differs from that now; NULL: in nothing. A decision reads it with the request.
ALTER TABLE purchase_requests ADD COLUMN order_changes jsonb;

-- While nothing can be decided since the order has changed: since when, and by what. And the difference that the owner has kept the
-- request in spite of.
ALTER TABLE runs ADD COLUMN hold jsonb, ADD COLUMN kept jsonb;

-- What the owner chose when they answered a changed order.
ALTER TABLE timeline ADD COLUMN choice text;

-- migrate:down

ALTER TABLE timeline DROP COLUMN choice;
ALTER TABLE runs DROP COLUMN hold, DROP COLUMN kept;
ALTER TABLE purchase_requests DROP COLUMN order_changes;
ALTER TABLE purchase_request_lines DROP COLUMN made_from;
