-- migrate:up transaction:false

-- Lists of what waits at a step. Built while people work, which only a statement of its own does.
CREATE INDEX CONCURRENTLY assignments_open_step ON assignments (step, request_id DESC) WHERE state = 'open';

-- migrate:down

DROP INDEX assignments_open_step;
