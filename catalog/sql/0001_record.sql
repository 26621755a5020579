-- The record from the first day. Times are milliseconds since 1970 in UTC. Public ids are what URLs show.

-- Vocabularies, filled from catalog/data at every start. `listed` 0: left the data file, still valid where it is used.
CREATE TABLE field (
  code TEXT PRIMARY KEY,
  parent TEXT NOT NULL DEFAULT '',
  fi TEXT NOT NULL, sv TEXT NOT NULL, en TEXT NOT NULL,
  position INTEGER NOT NULL,
  listed INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE qualification (
  code TEXT PRIMARY KEY,
  fi TEXT NOT NULL, sv TEXT NOT NULL, en TEXT NOT NULL,
  broad_field TEXT NOT NULL, narrow_field TEXT NOT NULL,
  broad_mark TEXT NOT NULL CHECK (broad_mark IN ('V', 'I', 'D')),
  narrow_mark TEXT NOT NULL CHECK (narrow_mark IN ('V', 'I', 'D')),
  position INTEGER NOT NULL,
  listed INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE title (
  code TEXT PRIMARY KEY,
  fi TEXT NOT NULL, sv TEXT NOT NULL, en TEXT NOT NULL,
  qualification TEXT NOT NULL,
  position INTEGER NOT NULL,
  listed INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE institution (
  code TEXT PRIMARY KEY,
  fi TEXT NOT NULL, sv TEXT NOT NULL, en TEXT NOT NULL,
  short_name TEXT NOT NULL,
  numbers TEXT NOT NULL, -- oppilaitosnumerot, JSON array
  oid TEXT NOT NULL, provider TEXT NOT NULL, provider_id TEXT NOT NULL, website TEXT NOT NULL,
  valid_from TEXT NOT NULL, valid_to TEXT NOT NULL,
  mark TEXT NOT NULL CHECK (mark IN ('V', 'I', 'D')),
  note TEXT NOT NULL,
  position INTEGER NOT NULL,
  listed INTEGER NOT NULL DEFAULT 1
) STRICT;

CREATE TABLE unit (
  code TEXT PRIMARY KEY,
  institution TEXT NOT NULL REFERENCES institution (code),
  fi TEXT NOT NULL, sv TEXT NOT NULL, en TEXT NOT NULL,
  number TEXT NOT NULL, oid TEXT NOT NULL, kind TEXT NOT NULL,
  valid_from TEXT NOT NULL, valid_to TEXT NOT NULL,
  mark TEXT NOT NULL CHECK (mark IN ('V', 'I', 'D')),
  position INTEGER NOT NULL,
  listed INTEGER NOT NULL DEFAULT 1
) STRICT;

-- Set by people, not by data files.
CREATE TABLE embed_site (
  institution TEXT NOT NULL REFERENCES institution (code),
  position INTEGER NOT NULL,
  origin TEXT NOT NULL,
  PRIMARY KEY (institution, position)
) STRICT;

-- People.
CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('administrator', 'coordinator', 'editor')),
  institution TEXT REFERENCES institution (code),
  unit TEXT REFERENCES unit (code),
  language TEXT NOT NULL,
  password_hash TEXT NOT NULL DEFAULT '',
  disabled INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  last_sign_in_at INTEGER
) STRICT;

-- Credentials are kept as hashes only.
CREATE TABLE session (
  token_hash TEXT PRIMARY KEY,
  person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX session_person ON session (person_id);

CREATE TABLE sign_in_link (
  token_hash TEXT PRIMARY KEY,
  person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
CREATE INDEX sign_in_link_person ON sign_in_link (person_id);

-- Stories. After a withdrawal the row stays as a tombstone with its texts emptied.
CREATE TABLE story (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('draft', 'processing', 'review', 'published', 'withdrawn')),
  revision INTEGER NOT NULL DEFAULT 1,         -- of the details
  content_revision INTEGER NOT NULL DEFAULT 1, -- of all that the search index and feeds know
  title_fi TEXT NOT NULL DEFAULT '', title_sv TEXT NOT NULL DEFAULT '', title_en TEXT NOT NULL DEFAULT '',
  summary_fi TEXT NOT NULL DEFAULT '', summary_sv TEXT NOT NULL DEFAULT '', summary_en TEXT NOT NULL DEFAULT '',
  description_fi TEXT NOT NULL DEFAULT '', description_sv TEXT NOT NULL DEFAULT '', description_en TEXT NOT NULL DEFAULT '',
  shown_name TEXT NOT NULL DEFAULT '',
  institution TEXT NOT NULL REFERENCES institution (code),
  unit TEXT NOT NULL DEFAULT '',
  qualification TEXT NOT NULL DEFAULT '',
  occupation TEXT NOT NULL DEFAULT '',
  occupation_text TEXT NOT NULL DEFAULT '',
  graduation_year INTEGER NOT NULL DEFAULT 0,
  captions_exemption TEXT NOT NULL DEFAULT '',
  package_id INTEGER REFERENCES package (id),  -- the generation shown
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  published_at INTEGER,                        -- first time
  withdrawn_at INTEGER,
  erased_at INTEGER
) STRICT;
CREATE INDEX story_published ON story (published_at DESC, id DESC) WHERE state = 'published';
CREATE INDEX story_changed ON story (changed_at DESC, id DESC);
CREATE INDEX story_institution ON story (institution, state);
CREATE INDEX story_package ON story (package_id);

CREATE TABLE story_field (
  story_id INTEGER NOT NULL REFERENCES story (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  field TEXT NOT NULL REFERENCES field (code),
  PRIMARY KEY (story_id, position)
) STRICT;
CREATE INDEX story_field_field ON story_field (field);

CREATE TABLE story_tag (
  story_id INTEGER NOT NULL REFERENCES story (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY (story_id, position)
) STRICT;

CREATE TABLE story_language (
  story_id INTEGER NOT NULL REFERENCES story (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  language TEXT NOT NULL, -- BCP 47
  PRIMARY KEY (story_id, position)
) STRICT;

-- The receipt: never overwritten, never erased.
CREATE TABLE consent (
  story_id INTEGER NOT NULL REFERENCES story (id),
  number INTEGER NOT NULL,
  watch INTEGER NOT NULL, class_download INTEGER NOT NULL, embed INTEGER NOT NULL, feeds INTEGER NOT NULL,
  text_version TEXT NOT NULL, text_hash TEXT NOT NULL, language TEXT NOT NULL,
  given_by TEXT NOT NULL,
  given_at INTEGER NOT NULL,
  ended_at INTEGER,
  withdrawn INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (story_id, number)
) STRICT;
CREATE UNIQUE INDEX consent_in_force ON consent (story_id) WHERE ended_at IS NULL;

CREATE TABLE invite (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  token_hash TEXT NOT NULL UNIQUE,
  institution TEXT NOT NULL REFERENCES institution (code),
  unit TEXT NOT NULL DEFAULT '',
  teller TEXT NOT NULL,
  language TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  accepted_at INTEGER,
  revoked INTEGER NOT NULL DEFAULT 0,
  story_id INTEGER REFERENCES story (id)
) STRICT;
CREATE INDEX invite_story ON invite (story_id);

CREATE TABLE mine_token (
  token_hash TEXT PRIMARY KEY,
  story_id INTEGER NOT NULL REFERENCES story (id),
  created_at INTEGER NOT NULL
) STRICT;

-- Media.
CREATE TABLE upload (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  original TEXT NOT NULL UNIQUE,               -- public id the file gets once complete
  story_id INTEGER NOT NULL REFERENCES story (id),
  size INTEGER NOT NULL CHECK (size > 0),
  offset INTEGER NOT NULL DEFAULT 0 CHECK (offset BETWEEN 0 AND size),
  filename TEXT NOT NULL, content_type TEXT NOT NULL, metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX upload_story ON upload (story_id);

CREATE TABLE original (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  story_id INTEGER NOT NULL REFERENCES story (id),
  filename TEXT NOT NULL, content_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX original_story ON original (story_id);

-- making → complete (all tasks done) → published (files moved, pointer flipped) → retired (files may go);
-- or failed → retired.
CREATE TABLE package (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  story_id INTEGER NOT NULL REFERENCES story (id),
  original_id INTEGER NOT NULL REFERENCES original (id),
  state TEXT NOT NULL CHECK (state IN ('making', 'complete', 'published', 'failed', 'retired')),
  error_key TEXT NOT NULL DEFAULT '', error_detail TEXT NOT NULL DEFAULT '',
  source_facts TEXT NOT NULL DEFAULT '',       -- JSON of media::SourceFacts, after the probe
  facts TEXT NOT NULL DEFAULT '',              -- JSON of media::Package, once complete
  duration_ms INTEGER NOT NULL DEFAULT 0,
  width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0,
  has_sound INTEGER NOT NULL DEFAULT 0,
  poster TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  published_at INTEGER
) STRICT;
CREATE INDEX package_story ON package (story_id);
CREATE INDEX package_state ON package (state) WHERE state IN ('complete', 'retired');

-- An unguessable name for one package in one use. Kept after the package is gone, so that the answer stays "gone".
CREATE TABLE stream_key (
  key TEXT PRIMARY KEY,
  story_id INTEGER NOT NULL REFERENCES story (id),
  package TEXT NOT NULL,
  use TEXT NOT NULL,
  UNIQUE (package, use)
) STRICT;

-- waiting → leased → done; or failed (cannot work), quarantined (killed its workers), cancelled.
CREATE TABLE task (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  package_id INTEGER NOT NULL REFERENCES package (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  weight INTEGER NOT NULL,                     -- share of the work, for the percentage
  body TEXT NOT NULL,                          -- JSON of media::Task
  state TEXT NOT NULL CHECK (state IN ('waiting', 'leased', 'done', 'failed', 'quarantined', 'cancelled')),
  token INTEGER NOT NULL DEFAULT 0,            -- fencing token, rises with every lease
  starts INTEGER NOT NULL DEFAULT 0,           -- counted before the work begins
  orderly_ends INTEGER NOT NULL DEFAULT 0,     -- starts that ended with a report; the others are deaths
  worker TEXT NOT NULL DEFAULT '',
  lease_expires_at INTEGER,                    -- wall clock, for people; the term itself is measured steadily
  not_before INTEGER NOT NULL DEFAULT 0,
  progress REAL NOT NULL DEFAULT 0,
  result TEXT NOT NULL DEFAULT '',             -- JSON of media::TaskResult
  error_key TEXT NOT NULL DEFAULT '', error_detail TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL,
  finished_at INTEGER,
  UNIQUE (package_id, position)
) STRICT;
CREATE INDEX task_open ON task (state, package_id, position) WHERE state IN ('waiting', 'leased');

-- Subtitles. A version is written by every save and delete; the track points at the newest.
CREATE TABLE track (
  id INTEGER PRIMARY KEY,
  story_id INTEGER NOT NULL REFERENCES story (id) ON DELETE CASCADE,
  name TEXT NOT NULL,                          -- "fi-captions"
  language TEXT NOT NULL, kind TEXT NOT NULL,
  revision INTEGER NOT NULL,
  checked INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  cues INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  UNIQUE (story_id, name)
) STRICT;

CREATE TABLE track_version (
  track_id INTEGER NOT NULL REFERENCES track (id) ON DELETE CASCADE,
  revision INTEGER NOT NULL,
  checked INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  cues INTEGER NOT NULL,
  body TEXT NOT NULL,                          -- JSON array of cues
  saved_at INTEGER NOT NULL,
  saved_by TEXT NOT NULL,
  PRIMARY KEY (track_id, revision)
) STRICT;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,                         -- person's public id, 'teller' or 'system'
  action TEXT NOT NULL,
  story TEXT NOT NULL,                         -- public id or empty
  subject TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_story ON audit (story, number);
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'audit is append-only'); END;
