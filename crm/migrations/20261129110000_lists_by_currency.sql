-- migrate:up transaction:false

-- Lists of what is bought in another currency than nearly everything is, and those by amount, in whose order they stand together at one
-- end. Built while people work, which only a statement of its own does.
CREATE INDEX CONCURRENTLY purchase_requests_currency ON purchase_requests (currency, total DESC, id DESC) WHERE currency <> 'VND';

-- migrate:down

DROP INDEX purchase_requests_currency;
