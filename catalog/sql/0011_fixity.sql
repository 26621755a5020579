-- Fixity: the checksums of what is kept, when each file was last read whole, and what was found wrong. The checksums of
-- segments are in package.facts; package_file holds those of the files that the facts only name.
CREATE TABLE package_file (
  package_id INTEGER NOT NULL REFERENCES package (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  first_seen INTEGER NOT NULL DEFAULT 0,       -- taken from the file as a walk found it, not when it was published
  PRIMARY KEY (package_id, name)
) STRICT, WITHOUT ROWID;

-- One walk through everything a night. Walks are numbered, so that no jump of the clock makes a file look verified.
CREATE TABLE fixity_walk (
  number INTEGER PRIMARY KEY,                  -- 0: none yet, only the night of the first start
  night INTEGER NOT NULL,                      -- days since 1970, local time
  began_at INTEGER NOT NULL,
  finished_at INTEGER,
  files INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

ALTER TABLE original ADD COLUMN verified_walk INTEGER NOT NULL DEFAULT 0; -- the newest walk that has read it
ALTER TABLE original ADD COLUMN verified_at INTEGER;                      -- for people
ALTER TABLE original ADD COLUMN repairs INTEGER NOT NULL DEFAULT 0;       -- generations begun from it in place of damaged ones
ALTER TABLE package ADD COLUMN verified_walk INTEGER NOT NULL DEFAULT 0;
ALTER TABLE package ADD COLUMN verified_at INTEGER;
ALTER TABLE package ADD COLUMN repair INTEGER NOT NULL DEFAULT 0;         -- being made in place of a damaged one of the same original
ALTER TABLE package ADD COLUMN mending TEXT NOT NULL DEFAULT ''
  CHECK (mending IN ('', 'wanted', 'begun', 'failed', 'impossible', 'given_up')); -- of a published one that has findings
CREATE INDEX original_verified ON original (verified_walk, id);
CREATE INDEX package_verified ON package (verified_walk, id) WHERE state = 'published';
CREATE INDEX package_mending ON package (id) WHERE mending = 'wanted';

-- What is wrong now; the row goes when the file is whole again or no longer needed. The audit trail keeps what was.
CREATE TABLE finding (
  id INTEGER PRIMARY KEY,
  original_id INTEGER REFERENCES original (id) ON DELETE CASCADE,
  package_id INTEGER REFERENCES package (id) ON DELETE CASCADE,
  name TEXT NOT NULL,                          -- in the package; empty for an original
  problem TEXT NOT NULL CHECK (problem IN ('damaged', 'missing', 'unreadable')),
  detail TEXT NOT NULL,                        -- plain English
  found_at INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  CHECK ((original_id IS NULL) <> (package_id IS NULL))
) STRICT;
CREATE UNIQUE INDEX finding_original ON finding (original_id, name) WHERE original_id IS NOT NULL;
CREATE UNIQUE INDEX finding_package ON finding (package_id, name) WHERE package_id IS NOT NULL;
