-- migrate:up

-- Releases before the first noted that the engine had a command, which is not its outcome. Such a command is delivered again,
-- so that ``delivered_at`` alone says whether one waits.
UPDATE commands c SET delivered_at = NULL, next_try_at = now()
WHERE delivered_at IS NOT NULL AND NOT EXISTS (SELECT FROM timeline t WHERE t.command_id = c.id AND t.request_id = c.request_id);

-- migrate:down

SELECT;
