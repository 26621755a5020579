// Any text files of a bag: manifest and tags written again are understood as the same, no path leaves the bag, and a story
// that is understood is one that would be written so.
#include "check.hpp"
#include "server/bagit/manifest.hpp"
#include "server/bagit/story_json.hpp"

namespace {

using namespace tarina;
using namespace tarina::server;

void try_lists(std::string_view text) {
  if (auto const manifest = read_manifest(text)) {
    for (auto const& [path, hash] : *manifest) fuzz::check(is_bag_path(path) && hash.size() == 64, "a file in the bag, and its hash");
    auto const again = read_manifest(write_manifest(*manifest));
    fuzz::check(again && *again == *manifest, "a manifest written again is the same");
  }
  if (auto const tags = read_tags(text)) {
    auto const once = read_tags(write_tags(*tags));
    fuzz::check(once.has_value(), "tags written again are tags");
    auto const twice = read_tags(write_tags(*once));
    fuzz::check(twice && *twice == *once, "another round changes nothing");
  }
  auto const name = safe_file_name(text);
  fuzz::check(is_bag_path(name) && name.find('/') == name.npos && name.size() <= 150 && safe_file_name(name) == name, "a name fits any file system");
}

/// metadata.json, consents.json and what any other file holds, with form feeds between them.
void try_story(std::string_view text) {
  auto const metadata = fuzz::cut(text, '\f'), consents = fuzz::cut(text, '\f');
  auto const story = read_story_files([&](std::string const& path) -> result<std::string> {
    fuzz::check(is_bag_path(path), "only files in the bag are asked for");
    return std::string(path == metadata_path ? metadata : path == consents_path ? consents : text);
  });
  if (!story) return;
  for (auto const& path : story->files) fuzz::check(is_bag_path(path), "only files in the bag are referred to");
  if (!catalog::check_story_record(story->record, story->words)) return;
  auto const written = write_story_files(story->record, story->words, "");
  auto const again = read_story_files([&](std::string const& path) -> result<std::string> {
    auto const found = written.texts.find(path);
    if (found == written.texts.end()) return Error{Errc::not_found, "bag.file_missing", path};
    return found->second;
  });
  fuzz::check(again.has_value(), "a story written again is understood");
  fuzz::check(write_story_files(again->record, again->words, "").texts == written.texts, "another round changes nothing");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const text = fuzz::text_of(data, size);
  try_lists(text);
  try_story(text);
  return 0;
}
