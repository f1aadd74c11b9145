-- migrate:up

-- Request numbers in the order in which they were given: as texts, the millionth of a year comes before the 999,999th.
CREATE FUNCTION request_number_order(number text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT split_part(number, '-', 2)::bigint * 100000000000 + split_part(number, '-', 3)::bigint
$$;
CREATE INDEX purchase_requests_number_order ON purchase_requests (request_number_order(number) DESC, id DESC);

-- migrate:down

DROP INDEX purchase_requests_number_order;
DROP FUNCTION request_number_order(text);
