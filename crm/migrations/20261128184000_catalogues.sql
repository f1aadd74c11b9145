-- migrate:up

-- Products and suppliers that requests are filled in from. A product that is not there, or a supplier, may be asked for, too.
ALTER TABLE products
    ADD COLUMN unit text NOT NULL DEFAULT '',
    -- What one of it usually costs, in VND.
    ADD COLUMN unit_price numeric CHECK (unit_price >= 0),
    ADD COLUMN discontinued boolean NOT NULL DEFAULT false,
    -- What a search looks through: code and name; lower case, without accents.
    ADD COLUMN search_text text NOT NULL DEFAULT '';
UPDATE products SET search_text = lower(code || ' ' || name);
CREATE INDEX products_search ON products USING gin (search_text gin_trgm_ops);

CREATE TABLE suppliers (
    code         text PRIMARY KEY,
    name         text NOT NULL,
    tax_code     text NOT NULL DEFAULT '',
    phone        text NOT NULL DEFAULT '',
    email        text NOT NULL DEFAULT '',
    discontinued boolean NOT NULL DEFAULT false,
    search_text  text NOT NULL DEFAULT ''
);
CREATE INDEX suppliers_search ON suppliers USING gin (search_text gin_trgm_ops);

-- Files that admins uploaded to import them: shown first, then taken, or not.
CREATE TABLE imports (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL,
    file_name  text NOT NULL,
    media_type text NOT NULL,
    -- The file, until it is taken or another one comes instead.
    content    bytea,
    uploaded_by text NOT NULL REFERENCES users (username),
    uploaded_at timestamptz NOT NULL,
    taken_at   timestamptz,
    -- How many things it made, changed and marked as gone: {"new", "changed", "unchanged", "gone"}
    counts     jsonb
);
CREATE INDEX imports_taken ON imports (taken_at DESC) WHERE taken_at IS NOT NULL;
CREATE INDEX imports_waiting ON imports (uploaded_by) WHERE taken_at IS NULL;

-- migrate:down

DROP TABLE imports, suppliers;
ALTER TABLE products DROP COLUMN unit, DROP COLUMN unit_price, DROP COLUMN discontinued, DROP COLUMN search_text;
