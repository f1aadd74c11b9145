-- migrate:up

-- "My requests that were returned", and the same of somebody a manager looks after.
CREATE INDEX purchase_requests_owner_status ON purchase_requests (owner, process_status, id DESC);

-- The millionth request of a year has seven digits; lpad would have cut it to six.
CREATE OR REPLACE FUNCTION next_request_number(year integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text := 'purchase_request_number_' || year;
    digits text;
BEGIN
    digits := nextval(name)::text;
    RETURN format('YCMH-%s-%s', year, lpad(digits, greatest(6, length(digits)), '0'));
EXCEPTION WHEN undefined_table THEN
    PERFORM pg_advisory_xact_lock(hashtext(name));
    EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', name);
    RETURN next_request_number(year);
END $$;

-- migrate:down

DROP INDEX purchase_requests_owner_status;
