-- Lists of stories and clips: teachers' lesson lists, kept by whoever holds the edit link, and editors' public collections.
-- Of a story a list holds the reference and nothing else; what is shown of it is asked for each time.
CREATE TABLE list (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('lesson', 'collection')),
  edit_hash TEXT UNIQUE,                       -- of the edit link's token; collections have none
  institution TEXT NOT NULL DEFAULT '',        -- whose collection; empty: everybody's
  published INTEGER NOT NULL DEFAULT 0,        -- collections only
  title TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL,                      -- of the words above and of notes and questions
  revision INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  CHECK ((kind = 'lesson') = (edit_hash IS NOT NULL))
) STRICT;
CREATE INDEX list_changed ON list (kind, changed_at);

CREATE TABLE list_item (
  list_id INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  public_id TEXT NOT NULL,                     -- within the list; stays when the order changes
  story_id INTEGER REFERENCES story (id),      -- null once the story was erased
  start_ms INTEGER,
  end_ms INTEGER,
  note TEXT NOT NULL DEFAULT '',
  question TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (list_id, position)
) STRICT;
CREATE INDEX list_item_story ON list_item (story_id);
