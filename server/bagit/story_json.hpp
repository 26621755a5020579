// A story's record as the files of a bag, and back. deploy/README.md describes metadata.json and consents.json.
#pragma once
#include "catalog/story_record.hpp"
#include "media/error.hpp"
#include <functional>
#include <map>
#include <string>

namespace tarina::server {

/// What the bag of one story holds beside the video and its picture.
struct StoryFiles {
  std::string original; // where the video goes in the bag, "data/original/aino.mp4"; empty when there is none
  std::string poster;   // "data/poster.jpg"; empty when nobody chose one
  std::map<std::string, std::string> texts; // path in the bag → bytes: metadata, consents, subtitles
};

/// `address` is the story's on the site, or empty. Names in three languages stand beside every code of `words`.
StoryFiles write_story_files(catalog::StoryRecord const&, catalog::Vocabulary const& words, std::string const& address);

struct ReadStory {
  catalog::StoryRecord record; // `original->id` and `package` are empty
  catalog::Vocabulary words;   // the codes it refers to, with their names
  std::string original;        // its file in the bag, or empty
  std::vector<std::string> files; // all that it refers to, metadata.json and consents.json included
};

/// `read` gives the bytes of a file in the bag. Errc::invalid "bag.story" with a sentence that names the file; its own errors are passed on.
result<ReadStory> read_story_files(std::function<result<std::string>(std::string const&)> const& read);

inline constexpr char metadata_path[] = "data/metadata.json";
inline constexpr char consents_path[] = "data/consents.json";

} // namespace tarina::server
