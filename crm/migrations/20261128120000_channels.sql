-- migrate:up

-- By which way something was said. Of what stands already nobody knows it.
ALTER TABLE timeline ADD COLUMN channel text CHECK (channel IN ('api', 'pages', 'signal', 'email'));
ALTER TABLE assignments ADD COLUMN channel text CHECK (channel IN ('api', 'pages', 'signal', 'email'));

-- migrate:down

ALTER TABLE assignments DROP COLUMN channel;
ALTER TABLE timeline DROP COLUMN channel;
