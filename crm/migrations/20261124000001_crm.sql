-- migrate:up

CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- The CRM directory: who may sign in, and who is whose manager.
CREATE TABLE users (
    username   text PRIMARY KEY,
    name       text NOT NULL,
    roles      text[] NOT NULL DEFAULT '{}',
    manager    text REFERENCES users (username),
    department text NOT NULL DEFAULT '',
    active     boolean NOT NULL DEFAULT true
);
CREATE INDEX users_roles ON users USING gin (roles);
CREATE INDEX users_manager ON users (manager);

-- What a request can be made from: sales orders (Đơn hàng) and opportunities (Cơ hội).
CREATE TABLE sources (
    id               uuid PRIMARY KEY,
    type             text NOT NULL CHECK (type IN ('sales_order', 'opportunity')),
    number           text NOT NULL UNIQUE,
    name             text NOT NULL,
    customer         text NOT NULL,
    owner            text NOT NULL REFERENCES users (username),
    stage            text NOT NULL DEFAULT '',
    source_date      date NOT NULL,
    delivery_address text NOT NULL DEFAULT '',
    delivery_date    date,
    currency         text NOT NULL DEFAULT 'VND',
    search_text      text NOT NULL DEFAULT ''
);
CREATE INDEX sources_by_type ON sources (type, id DESC);
CREATE INDEX sources_search ON sources USING gin (search_text gin_trgm_ops);

CREATE TABLE source_lines (
    id           uuid PRIMARY KEY,
    source_id    uuid NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    position     integer NOT NULL,
    product_code text NOT NULL,
    description  text NOT NULL DEFAULT '',
    warehouse    text NOT NULL DEFAULT '',
    unit         text NOT NULL DEFAULT '',
    quantity     numeric NOT NULL,
    unit_price   numeric NOT NULL,
    supplier     text,
    UNIQUE (source_id, position)
);

-- Processes (Quy trình mua hàng): one draft, many published versions that never change.
CREATE TABLE processes (
    key        text PRIMARY KEY,
    draft      jsonb NOT NULL,
    draft_text text,
    updated_by text NOT NULL REFERENCES users (username),
    updated_at timestamptz NOT NULL
);

CREATE TABLE process_versions (
    process_key  text NOT NULL REFERENCES processes (key),
    version      integer NOT NULL,
    document     jsonb NOT NULL,
    published_by text NOT NULL REFERENCES users (username),
    published_at timestamptz NOT NULL,
    PRIMARY KEY (process_key, version)
);

-- The connection (Kết nối): no row, or one.
CREATE TABLE connection (
    singleton    boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    process_key  text NOT NULL REFERENCES processes (key),
    connected_by text NOT NULL REFERENCES users (username),
    connected_at timestamptz NOT NULL
);

-- Purchase requests (Yêu cầu mua hàng) as the CRM shows them.
CREATE TABLE purchase_requests (
    id                    uuid PRIMARY KEY,
    number                text NOT NULL UNIQUE,
    request_date          date NOT NULL,
    version               integer NOT NULL DEFAULT 1,
    owner                 text NOT NULL REFERENCES users (username),
    source_id             uuid REFERENCES sources (id),
    purpose               text NOT NULL,
    delivery_address      text NOT NULL DEFAULT '',
    desired_delivery_date date,
    description           text NOT NULL DEFAULT '',
    currency              text NOT NULL,
    total                 numeric NOT NULL,
    goods                 text[] NOT NULL DEFAULT '{}',
    process_status        text NOT NULL DEFAULT 'not_sent' CHECK (process_status IN
        ('not_sent', 'in_progress', 'returned', 'rejected', 'cancelled', 'completed')),
    purchase_status       text,
    -- Transitions of the run that have reached this row; a write-back is conditional on it.
    run_sequence          integer NOT NULL DEFAULT 0,
    -- What a search looks through: number, goods, people, purpose; lower case, without accents.
    search_text           text NOT NULL DEFAULT '',
    created_at            timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL
);
CREATE INDEX purchase_requests_owner ON purchase_requests (owner, id DESC);
CREATE INDEX purchase_requests_date ON purchase_requests (request_date DESC, id DESC);
CREATE INDEX purchase_requests_total ON purchase_requests (total DESC, id DESC);
CREATE INDEX purchase_requests_source ON purchase_requests (source_id, id DESC);
CREATE INDEX purchase_requests_status ON purchase_requests (process_status, id DESC);
CREATE INDEX purchase_requests_purchase_status ON purchase_requests (purchase_status, id DESC)
    WHERE purchase_status IS NOT NULL;
CREATE INDEX purchase_requests_search ON purchase_requests USING gin (search_text gin_trgm_ops);

CREATE TABLE purchase_request_lines (
    id                uuid PRIMARY KEY,
    request_id        uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    position          integer NOT NULL,
    source_line_id    uuid REFERENCES source_lines (id),
    product_code      text NOT NULL,
    description       text NOT NULL DEFAULT '',
    warehouse         text NOT NULL DEFAULT '',
    unit              text NOT NULL DEFAULT '',
    quantity          numeric NOT NULL CHECK (quantity > 0),
    unit_price        numeric NOT NULL CHECK (unit_price >= 0),
    supplier          text,
    quantity_received numeric NOT NULL DEFAULT 0 CHECK (quantity_received >= 0)
);
CREATE INDEX purchase_request_lines_request ON purchase_request_lines (request_id, position);
CREATE INDEX purchase_request_lines_source ON purchase_request_lines (source_line_id)
    WHERE source_line_id IS NOT NULL;

-- Runs (Lượt chạy): the process side. One for each request, from its first send.
CREATE TABLE runs (
    request_id      uuid PRIMARY KEY REFERENCES purchase_requests (id),
    id              uuid NOT NULL UNIQUE,
    process_key     text NOT NULL,
    process_version integer NOT NULL,
    status          text NOT NULL CHECK (status IN ('in_progress', 'rejected', 'cancelled', 'completed')),
    round           integer NOT NULL,
    open_step       text,
    opened_at       timestamptz,
    deadline        timestamptz,
    last            jsonb NOT NULL,
    -- What purchasing reported, as the process side keeps it, each value with the event it came from:
    -- {"status": VALUE, "lines": {LINE ID: VALUE}}, VALUE {"value", "occurred_at", "event_id"}
    purchasing      jsonb NOT NULL DEFAULT '{"status": null, "lines": {}}',
    FOREIGN KEY (process_key, process_version) REFERENCES process_versions (process_key, version)
);

-- Rounds (Lượt gửi): steps with their approvers and reasons, and what approvers proposed. Never deleted.
CREATE TABLE rounds (
    request_id       uuid NOT NULL REFERENCES runs (request_id),
    number           integer NOT NULL,
    steps            jsonb NOT NULL,
    proposed_changes jsonb NOT NULL,
    -- The fields and lines of the request when the round was sent.
    request          jsonb NOT NULL,
    PRIMARY KEY (request_id, number)
);

-- Everyone who is or was an approver of a request, and may therefore see it.
CREATE TABLE participants (
    username   text NOT NULL REFERENCES users (username),
    request_id uuid NOT NULL REFERENCES purchase_requests (id),
    PRIMARY KEY (username, request_id)
);

-- Who is waited on now (Cần thực hiện).
CREATE TABLE inbox (
    request_id uuid NOT NULL REFERENCES purchase_requests (id),
    round      integer NOT NULL,
    step       text NOT NULL,
    username   text NOT NULL REFERENCES users (username),
    due        timestamptz NOT NULL,
    PRIMARY KEY (request_id, round, step, username)
);
CREATE INDEX inbox_of ON inbox (username, due, request_id);

-- The timeline: every action, refused ones included. A command id appears once.
CREATE TABLE timeline (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    command_id uuid NOT NULL UNIQUE,
    at         timestamptz NOT NULL,
    action     text NOT NULL,
    ends_run   boolean NOT NULL DEFAULT false,
    actor      text NOT NULL,
    step       text,
    round      integer NOT NULL,
    note       text NOT NULL DEFAULT '',
    -- Sequence of the transition, for accepted actions of the run.
    sequence   integer,
    accepted   boolean NOT NULL,
    refusal    jsonb,
    CHECK (accepted = (refusal IS NULL))
);
CREATE INDEX timeline_request ON timeline (request_id, id);

-- Notes (Ghi chú) on the request: exactly what the sync table names.
CREATE TABLE notes (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES purchase_requests (id),
    sequence   integer NOT NULL,
    action     text NOT NULL,
    ends_run   boolean NOT NULL,
    text       text NOT NULL,
    actor      text NOT NULL,
    at         timestamptz NOT NULL,
    UNIQUE (request_id, sequence)
);

-- Commands taken durably that the engine has yet to get: sends, and decisions taken while it was away.
CREATE TABLE commands (
    id           uuid PRIMARY KEY,
    request_id   uuid NOT NULL REFERENCES purchase_requests (id),
    action       text NOT NULL,
    actor        text NOT NULL,
    payload      jsonb NOT NULL,
    created_at   timestamptz NOT NULL,
    delivered_at timestamptz
);
CREATE INDEX commands_pending ON commands (created_at) WHERE delivered_at IS NULL;
CREATE INDEX commands_request ON commands (request_id, action);

CREATE TABLE idempotency_keys (
    caller      text NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,
    -- Id of what the call makes (request, command), so that a second try makes the same thing.
    subject_id  uuid NOT NULL,
    status      integer,
    headers     jsonb,
    body        bytea,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Events of the purchasing system, each once.
CREATE TABLE purchasing_events (
    event_id    text PRIMARY KEY,
    request_id  uuid NOT NULL REFERENCES purchase_requests (id),
    occurred_at timestamptz NOT NULL,
    body        jsonb NOT NULL,
    applied     boolean NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX purchasing_events_request ON purchasing_events (request_id, occurred_at);

-- Request numbers ascend within their year and may have gaps: one sequence for each year, made when first needed.
CREATE FUNCTION next_request_number(year integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    name text := 'purchase_request_number_' || year;
BEGIN
    RETURN format('YCMH-%s-%s', year, lpad(nextval(name)::text, 6, '0'));
EXCEPTION WHEN undefined_table THEN
    PERFORM pg_advisory_xact_lock(hashtext(name));
    EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', name);
    RETURN format('YCMH-%s-%s', year, lpad(nextval(name)::text, 6, '0'));
END $$;

-- migrate:down

DROP FUNCTION next_request_number(integer);
DROP TABLE purchasing_events, idempotency_keys, commands, notes, timeline, inbox, participants, rounds, runs,
    purchase_request_lines, purchase_requests, connection, process_versions, processes, source_lines, sources, users;
