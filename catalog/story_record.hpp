// One story as the record has it, all of it: what an export carries away and an import brings back.
#pragma once
#include "catalog/record_copy.hpp"
#include "catalog/story.hpp"
#include "catalog/vocabulary.hpp"
#include "media/error.hpp"
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tarina::catalog {

class Database;

struct RecordedVersion {
  std::int64_t revision = 0;
  bool checked = false;
  Time saved_at{};
  std::string saved_by; // person id, empty for a teller or the system
  std::vector<media::Cue> lines;
};

struct RecordedTrack {
  std::string language;
  TrackKind kind = TrackKind::captions;
  std::string label;
  bool embedded = false; // came with the video file, and nobody has changed it
  bool deleted = false;
  /// The newest, and behind it the one the public sees where that is another; of a deleted track one without lines.
  std::vector<RecordedVersion> versions;
  std::string id() const { return language + "-" + std::string(track_kind_name(kind)); }
};

struct RecordedConsent : Consent {
  std::string given_by; // "teller", "system", or the id of who held a signed paper
};

struct RecordedOriginal {
  std::string id; // of the media store
  std::string filename, content_type, sha256;
  std::int64_t bytes = 0;
  Time created_at{};
};

/// A teller's personal link, as the hash of its token: nobody gets from it to the link.
struct RecordedLink {
  std::string hash; // hash_token()
  Time created_at{};
};

struct StoryRecord {
  std::string id;
  StoryState state = StoryState::draft; // never withdrawn
  std::int64_t revision = 1;            // of the details
  StoryDetails details;
  Time created_at{};
  Time changed_at{};
  std::optional<Time> published_at;     // first time
  std::vector<RecordedConsent> consents; // oldest first
  std::vector<RecordedTrack> tracks;     // by id
  std::vector<RecordedLink> links;
  std::optional<RecordedOriginal> original; // what it is, or will be, shown from
  std::string package;                      // generation shown; empty before the first is ready
  std::string poster;                       // the still in it that somebody chose, "stills/…"; empty: nobody did
};

/// The first part in which two records of one story differ ("consents"), whatever became of the video since; empty when they are equal.
std::string difference(StoryRecord const&, StoryRecord const&);
/// The entries of `words` that the story refers to.
Vocabulary words_of(StoryRecord const&, Vocabulary const& words);
/// Errc::invalid with what no record could hold; `words` know every code.
result<void> check_story_record(StoryRecord const&, Vocabulary const& words);

/// What an import finds: the story is not here yet, or is, just like that.
enum class ImportState { fresh, present };

/// Reads stories from a record that a server may be writing to, each as of one moment. Throws DatabaseError.
class RecordReader {
public:
  /// Throws std::runtime_error when the record's schema is not this program's.
  explicit RecordReader(std::filesystem::path const& record);
  ~RecordReader();
  std::vector<std::string> stories();                   // ids of those that are not withdrawn, oldest first
  std::vector<WithdrawnStory> withdrawn();
  std::optional<StoryRecord> story(std::string const& id); // nothing for one that is unknown or withdrawn
  Vocabulary vocabulary();

private:
  std::unique_ptr<Database> db_;
};

/// See RecordReader::story.
std::optional<StoryRecord> load_story_record(Database&, std::string const& id);

} // namespace tarina::catalog
