-- migrate:up

-- Where in a trace a command was taken and an event happened (W3C Trace Context), so that what follows from them later belongs to
-- the same trace; null: nobody traced it.
ALTER TABLE commands ADD COLUMN traceparent text;
ALTER TABLE outbox ADD COLUMN traceparent text;

-- migrate:down

ALTER TABLE commands DROP COLUMN traceparent;
ALTER TABLE outbox DROP COLUMN traceparent;
