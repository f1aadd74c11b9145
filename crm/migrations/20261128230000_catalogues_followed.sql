-- migrate:up

-- Customers and warehouses, as other systems have them; forms suggest warehouses.
CREATE TABLE customers (
    code         text PRIMARY KEY,
    name         text NOT NULL,
    tax_code     text NOT NULL DEFAULT '',
    phone        text NOT NULL DEFAULT '',
    email        text NOT NULL DEFAULT '',
    address      text NOT NULL DEFAULT '',
    discontinued boolean NOT NULL DEFAULT false,
    -- What a search looks through: code, name and tax code; lower case, without accents.
    search_text  text NOT NULL DEFAULT ''
);
CREATE INDEX customers_search ON customers USING gin (search_text gin_trgm_ops);

CREATE TABLE warehouses (
    code         text PRIMARY KEY,
    name         text NOT NULL,
    address      text NOT NULL DEFAULT '',
    discontinued boolean NOT NULL DEFAULT false,
    search_text  text NOT NULL DEFAULT ''
);
CREATE INDEX warehouses_search ON warehouses USING gin (search_text gin_trgm_ops);

-- Lists of other systems whose entries come into our catalogues: how far each was read.
CREATE TABLE connector_catalogues (
    system       text NOT NULL REFERENCES connectors (system) ON DELETE CASCADE,
    kind         text NOT NULL CHECK (kind IN ('products', 'customers', 'warehouses')),
    -- Whatever had changed there by then was read; and when that was last another time, by our clock.
    watermark    timestamptz,
    watermark_at timestamptz,
    -- Where a pass stands that has not come to its end; null: none is under way.
    checkpoint   jsonb,
    -- How many passes through everything came to their end, and when the last one did; null: one is to be made.
    full_passes  integer NOT NULL DEFAULT 0,
    full_pass_at timestamptz,
    -- When a pass last came to its end, and why the last one did not.
    read_at      timestamptz,
    trouble      text,
    detail       text NOT NULL DEFAULT '',
    tries        integer NOT NULL DEFAULT 0,
    next_read_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (system, kind)
);

-- Every entry that was ever read there.
CREATE TABLE connector_catalogue_items (
    system  text NOT NULL,
    kind    text NOT NULL,
    key     text NOT NULL,
    -- What we know it by; empty: it could not be taken.
    code    text NOT NULL DEFAULT '',
    name    text NOT NULL DEFAULT '',
    -- Why it could not be taken: {"reason", "params"}; null: it was.
    problem jsonb,
    -- The pass through everything (its number) in which it was seen last, and how many have missed it since.
    seen_in integer NOT NULL,
    missed  integer NOT NULL DEFAULT 0,
    -- Whether it is not there any more, or not used.
    gone    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (system, kind, key),
    FOREIGN KEY (system, kind) REFERENCES connector_catalogues (system, kind) ON DELETE CASCADE
);
CREATE INDEX connector_catalogue_items_code ON connector_catalogue_items (system, kind, code);
CREATE INDEX connector_catalogue_items_problem ON connector_catalogue_items (system, kind, key) WHERE problem IS NOT NULL;

-- migrate:down

DROP TABLE connector_catalogue_items, connector_catalogues, warehouses, customers;
