-- People who would like to take part (/join). A row goes when the coordinator has answered.
CREATE TABLE interest (
  id INTEGER PRIMARY KEY,
  public_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  contact TEXT NOT NULL,
  institution TEXT NOT NULL,                   -- code or empty
  message TEXT NOT NULL,
  language TEXT NOT NULL,
  sent_at INTEGER NOT NULL
) STRICT;
