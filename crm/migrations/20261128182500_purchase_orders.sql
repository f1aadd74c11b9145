-- migrate:up

-- A decision that is under way is waited for, and the next ones wait: none is to be missed by what is counted below.
LOCK TABLE purchase_requests IN SHARE ROW EXCLUSIVE MODE;

-- Purchase orders (Đơn mua hàng), as the purchasing department or its system says them: by which of them a line was bought.
CREATE TABLE purchase_orders (
    id           uuid PRIMARY KEY,
    number       text NOT NULL UNIQUE,
    supplier     text NOT NULL,
    placed_by    text NOT NULL REFERENCES users (username),
    placed_at    timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    cancelled_at timestamptz
);

CREATE TABLE purchase_order_lines (
    order_id   uuid NOT NULL REFERENCES purchase_orders (id) ON DELETE CASCADE,
    line_id    uuid NOT NULL REFERENCES purchase_request_lines (id),
    request_id uuid NOT NULL REFERENCES purchase_requests (id),
    position   integer NOT NULL,
    quantity   numeric NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (order_id, line_id)
);
CREATE INDEX purchase_order_lines_line ON purchase_order_lines (line_id);
CREATE INDEX purchase_order_lines_request ON purchase_order_lines (request_id);

-- What has changed for those who buy: completed requests, each with its place among the changes. The transaction that changes a
-- request takes the place away; a later one, of which there is one at a time, gives the next place to whatever has none and is
-- committed. So places are in the order in which they can be seen, and a change that is committed late is never before one that was
-- read.
CREATE TABLE purchasing_changes (
    request_id uuid PRIMARY KEY REFERENCES purchase_requests (id) ON DELETE CASCADE,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    place      bigint
);
CREATE SEQUENCE purchasing_places;
INSERT INTO purchasing_changes (request_id, changed_at, place)
SELECT id, updated_at, row_number() OVER (ORDER BY updated_at, id) FROM purchase_requests WHERE process_status = 'completed';
SELECT setval('purchasing_places', greatest(1, (SELECT max(place) FROM purchasing_changes)));
CREATE UNIQUE INDEX purchasing_changes_place ON purchasing_changes (place);
CREATE INDEX purchasing_changes_waiting ON purchasing_changes (changed_at, request_id) WHERE place IS NULL;
CREATE INDEX purchasing_changes_time ON purchasing_changes (changed_at, place);

-- The database's own business, so that nobody who changes a request can forget it: every change gives it another version.
CREATE FUNCTION note_purchasing_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO purchasing_changes (request_id) VALUES (NEW.id)
    ON CONFLICT (request_id) DO UPDATE SET place = NULL, changed_at = clock_timestamp();
    RETURN NULL;
END $$;
CREATE TRIGGER purchase_requests_changed AFTER UPDATE OF version ON purchase_requests
FOR EACH ROW WHEN (NEW.process_status = 'completed' AND (OLD.version, OLD.process_status) IS DISTINCT FROM (NEW.version, NEW.process_status))
EXECUTE FUNCTION note_purchasing_change();
CREATE TRIGGER purchase_requests_came AFTER INSERT ON purchase_requests
FOR EACH ROW WHEN (NEW.process_status = 'completed') EXECUTE FUNCTION note_purchasing_change();

ANALYZE purchasing_changes;

-- What is still to be bought or to come, by supplier.
CREATE INDEX purchase_request_lines_missing ON purchase_request_lines (lower(coalesce(supplier, '')), id)
    WHERE decision IS NULL AND quantity_received < quantity;

-- migrate:down

DROP INDEX purchase_request_lines_missing;
DROP TRIGGER purchase_requests_came ON purchase_requests;
DROP TRIGGER purchase_requests_changed ON purchase_requests;
DROP FUNCTION note_purchasing_change();
DROP TABLE purchasing_changes;
DROP SEQUENCE purchasing_places;
DROP TABLE purchase_order_lines, purchase_orders;
