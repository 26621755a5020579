-- Uploads whose length is told later, pieces of one video sent side by side, and uploads put together from such pieces.
CREATE TABLE upload_new (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  original TEXT NOT NULL UNIQUE,               -- public id the file gets once complete
  story_id INTEGER NOT NULL REFERENCES story (id),
  size INTEGER CHECK (size > 0),               -- whole length; null as long as it is not settled
  announced INTEGER CHECK (announced > 0),     -- what the client says it will be, before it says that all has come
  offset INTEGER NOT NULL DEFAULT 0 CHECK (offset >= 0 AND (size IS NULL OR offset <= size)),
  partial INTEGER NOT NULL DEFAULT 0 CHECK (partial IN (0, 1)),
  parts TEXT NOT NULL DEFAULT '',              -- public ids of the partial uploads it was put together from, spaces between
  filename TEXT NOT NULL, content_type TEXT NOT NULL, metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
INSERT INTO upload_new (id, public_id, original, story_id, size, offset, filename, content_type, metadata, created_at, expires_at, finished_at)
  SELECT id, public_id, original, story_id, size, offset, filename, content_type, metadata, created_at, expires_at, finished_at FROM upload;
DROP TABLE upload;
ALTER TABLE upload_new RENAME TO upload;
CREATE INDEX upload_story ON upload (story_id);
CREATE INDEX upload_parts ON upload (parts) WHERE parts <> '';
