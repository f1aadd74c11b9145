-- migrate:up

-- The rows of a process's approval matrix, beside its document, which says how they are read: there can be thousands.
ALTER TABLE processes ADD COLUMN draft_matrix jsonb;
ALTER TABLE process_versions ADD COLUMN matrix jsonb;

-- The catalogue of products, as far as approvals look at it. A product that is not in it has no category.
CREATE TABLE products (
    code     text PRIMARY KEY,
    name     text NOT NULL DEFAULT '',
    category text NOT NULL DEFAULT ''
);
CREATE INDEX products_category ON products (category);

-- migrate:down

DROP TABLE products;
ALTER TABLE process_versions DROP COLUMN matrix;
ALTER TABLE processes DROP COLUMN draft_matrix;
