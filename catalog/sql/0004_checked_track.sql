-- What the public sees of a track: its newest checked version since it was last deleted. Later unchecked saves stay
-- inside until somebody has checked them.
CREATE VIEW checked_track AS
SELECT t.story_id, t.name, t.language, t.kind, v.checked, v.revision, v.cues, v.saved_at AS changed_at, v.saved_by AS changed_by
FROM track t JOIN track_version v ON v.track_id = t.id
WHERE NOT t.deleted AND v.revision = (
  SELECT max(c.revision) FROM track_version c
  WHERE c.track_id = t.id AND c.checked
    AND c.revision > coalesce((SELECT max(d.revision) FROM track_version d WHERE d.track_id = t.id AND d.deleted), 0));
