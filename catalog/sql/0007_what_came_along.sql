-- A progressive MP4 in the package, and tracks that came with the video file.
ALTER TABLE package ADD COLUMN download_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE track ADD COLUMN embedded_revision INTEGER; -- the version that came with the file; a later one is a person's
ALTER TABLE track ADD COLUMN label TEXT NOT NULL DEFAULT '';
