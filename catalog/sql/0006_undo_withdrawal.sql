-- A withdrawal can be undone for some days. `erase_at` 0: to be erased at once, nothing brings it back any more.
-- What was withdrawn before this was promised to be erased at once.
ALTER TABLE story ADD COLUMN withdrawn_from TEXT NOT NULL DEFAULT ''; -- the state an undo restores
ALTER TABLE story ADD COLUMN erase_at INTEGER;
ALTER TABLE story ADD COLUMN doubted_at INTEGER; -- when the clock was first seen to stand before the withdrawal
UPDATE story SET erase_at = 0 WHERE state = 'withdrawn';
CREATE INDEX story_to_erase ON story (erase_at) WHERE state = 'withdrawn' AND erased_at IS NULL;
