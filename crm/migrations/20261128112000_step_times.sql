-- migrate:up

-- The newest approvals of a step, for how long it usually takes.
CREATE INDEX assignments_approved ON assignments (step, closed_at DESC) WHERE state = 'approved';

-- migrate:down

DROP INDEX assignments_approved;
