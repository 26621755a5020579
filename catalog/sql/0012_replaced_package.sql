-- A package that was made again from the same original, in place of a damaged one, is the same film: whoever is watching the
-- old one watches on. When it was replaced, as long as its streams stay open; NULL: they have ended, its files may go.
ALTER TABLE package ADD COLUMN replaced_at INTEGER CHECK (replaced_at IS NULL OR state = 'retired');
