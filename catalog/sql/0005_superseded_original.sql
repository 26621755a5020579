-- A replaced video is kept for some days after the last package made of it is gone.
ALTER TABLE original ADD COLUMN superseded_at INTEGER;
CREATE INDEX original_superseded ON original (superseded_at) WHERE superseded_at IS NOT NULL;
CREATE INDEX package_original ON package (original_id);
