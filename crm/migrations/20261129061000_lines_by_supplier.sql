-- migrate:up transaction:false

-- Requests of which goods are bought from a supplier, as the overview counts them. Built while people work, which only a statement
-- of its own does.
CREATE INDEX CONCURRENTLY purchase_request_lines_supplier ON purchase_request_lines (btrim(supplier), request_id)
    WHERE supplier IS NOT NULL;

-- migrate:down

DROP INDEX purchase_request_lines_supplier;
