-- migrate:up

-- Where the bytes of files are. A row comes before its bytes and goes after them, so that none are ever forgotten: what no
-- attachment refers to, the housekeeping removes.
CREATE TABLE stored_files (
    id       uuid PRIMARY KEY,
    place    text NOT NULL CHECK (place IN ('database', 's3')),
    began_at timestamptz NOT NULL DEFAULT now()
);

-- The bytes of those that are here, in pieces of 256 KB, so that one is read from anywhere within it, a little at a time. They
-- are packed already: trying to pack them again costs time and saves nothing.
CREATE TABLE stored_pieces (
    file_id uuid NOT NULL REFERENCES stored_files (id) ON DELETE CASCADE,
    number  integer NOT NULL,
    bytes   bytea NOT NULL,
    PRIMARY KEY (file_id, number)
);
ALTER TABLE stored_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Files that somebody attached to a request (Tệp đính kèm); in no way part of the decision.
CREATE TABLE attachments (
    id         uuid PRIMARY KEY REFERENCES stored_files (id),
    request_id uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    name       text NOT NULL,
    media_type text NOT NULL,
    size       integer NOT NULL CHECK (size > 0),
    sha256     bytea NOT NULL CHECK (length(sha256) = 32),
    added_by   text NOT NULL REFERENCES users (username),
    added_at   timestamptz NOT NULL,
    -- Since when all of its bytes are there. Until then nobody is shown it, but its room is taken.
    stored_at  timestamptz,
    -- What a virus scanner says of it: waiting (nobody has looked), clean, infected; and what it found.
    scan       text NOT NULL DEFAULT 'waiting' CHECK (scan IN ('waiting', 'clean', 'infected')),
    found      text NOT NULL DEFAULT '',
    scanned_at timestamptz
);
CREATE INDEX attachments_of ON attachments (request_id, id);
CREATE INDEX attachments_unscanned ON attachments (id) WHERE scan = 'waiting';

-- migrate:down

DROP TABLE attachments, stored_pieces, stored_files;
