-- How long tasks were worked on, for telling people how long a story still takes.
ALTER TABLE task ADD COLUMN started_at INTEGER;                    -- of the newest lease
ALTER TABLE task ADD COLUMN worked_ms INTEGER NOT NULL DEFAULT 0;  -- by that lease, when it last reported
