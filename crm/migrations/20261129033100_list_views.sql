-- migrate:up

-- Views of the list of requests that people keep under a name, each for themselves.
CREATE TABLE list_views (
    id         uuid PRIMARY KEY,
    username   text NOT NULL REFERENCES users (username),
    name       text NOT NULL,
    -- What the list is narrowed to and sorted by, and its columns, as texts by the names that they have in its address.
    address    jsonb NOT NULL,
    is_default boolean NOT NULL DEFAULT false,
    made_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX list_views_name ON list_views (username, lower(name));
CREATE UNIQUE INDEX list_views_default ON list_views (username) WHERE is_default;

-- migrate:down

DROP TABLE list_views;
