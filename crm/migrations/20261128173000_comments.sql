-- migrate:up

-- What people say about a request (Trao đổi): as they typed it. In no way part of the decision.
CREATE TABLE comments (
    id         uuid PRIMARY KEY,
    request_id uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    author     text NOT NULL REFERENCES users (username),
    text       text NOT NULL,
    -- Usernames of whom it speaks to with an @.
    mentioned  text[] NOT NULL DEFAULT '{}',
    written_at timestamptz NOT NULL,
    edited_at  timestamptz
);
CREATE INDEX comments_of ON comments (request_id, id);

-- What a comment said before it was edited, and since when. Never changed.
CREATE TABLE comment_versions (
    comment_id uuid NOT NULL REFERENCES comments (id) ON DELETE CASCADE,
    number     integer NOT NULL,
    text       text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (comment_id, number)
);

-- Who may read a request, and hears of it, because somebody of it wanted them to (Người theo dõi).
CREATE TABLE watchers (
    request_id uuid NOT NULL REFERENCES purchase_requests (id) ON DELETE CASCADE,
    username   text NOT NULL REFERENCES users (username),
    added_by   text NOT NULL REFERENCES users (username),
    added_at   timestamptz NOT NULL,
    PRIMARY KEY (request_id, username)
);
CREATE INDEX watchers_of ON watchers (username, request_id DESC);

-- migrate:down

DROP TABLE watchers, comment_versions, comments;
