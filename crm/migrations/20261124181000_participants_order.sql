-- migrate:up

-- In the order in which a decision takes them: one that is under way is waited for, and the next ones wait.
LOCK TABLE purchase_requests IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE participants IN ACCESS EXCLUSIVE MODE;

-- What lists of an approver are sorted by and narrowed to, beside whose they are: an index over both answers at once,
-- where one for each would be walked through for requests that the other excludes.
ALTER TABLE participants
    ADD COLUMN owner        text,
    ADD COLUMN number_order bigint,
    ADD COLUMN request_date date,
    ADD COLUMN total        numeric;
UPDATE participants SET owner = r.owner, number_order = request_number_order(r.number), request_date = r.request_date, total = r.total
FROM purchase_requests r WHERE r.id = request_id;
ALTER TABLE participants
    ALTER COLUMN owner SET NOT NULL,
    ALTER COLUMN number_order SET NOT NULL,
    ALTER COLUMN request_date SET NOT NULL,
    ALTER COLUMN total SET NOT NULL;
CREATE INDEX participants_owner ON participants (username, owner, request_id DESC);
CREATE INDEX participants_number ON participants (username, number_order DESC, request_id DESC);
CREATE INDEX participants_date ON participants (username, request_date DESC, request_id DESC);
CREATE INDEX participants_total ON participants (username, total DESC, request_id DESC);
CREATE INDEX participants_request ON participants (request_id);
-- Who decides whose requests is no matter of chance: without this, requests of somebody whom the approver has nothing to
-- do with are looked for in the whole order.
CREATE STATISTICS participants_whose (mcv) ON username, owner FROM participants;

-- The copies are the database's own business: they come with a participant and follow the request.
CREATE FUNCTION copy_order_from_request() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT r.owner, request_number_order(r.number), r.request_date, r.total
    INTO NEW.owner, NEW.number_order, NEW.request_date, NEW.total
    FROM purchase_requests r WHERE r.id = NEW.request_id;
    RETURN NEW;
END $$;
CREATE TRIGGER participants_order BEFORE INSERT ON participants
FOR EACH ROW EXECUTE FUNCTION copy_order_from_request();

CREATE FUNCTION copy_order_to_participants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE participants
    SET owner = NEW.owner, number_order = request_number_order(NEW.number), request_date = NEW.request_date, total = NEW.total
    WHERE request_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER purchase_requests_order AFTER UPDATE OF owner, number, request_date, total ON purchase_requests
FOR EACH ROW WHEN ((OLD.owner, OLD.number, OLD.request_date, OLD.total) IS DISTINCT FROM
    (NEW.owner, NEW.number, NEW.request_date, NEW.total))
EXECUTE FUNCTION copy_order_to_participants();

ANALYZE participants;

-- migrate:down

DROP TRIGGER purchase_requests_order ON purchase_requests;
DROP TRIGGER participants_order ON participants;
DROP FUNCTION copy_order_to_participants(), copy_order_from_request();
DROP STATISTICS participants_whose;
DROP INDEX participants_request, participants_total, participants_date, participants_number, participants_owner;
ALTER TABLE participants DROP COLUMN owner, DROP COLUMN number_order, DROP COLUMN request_date, DROP COLUMN total;
