#include "catalog/story_record.hpp"
#include "media/kept_files.hpp"
#include "server/backup/folder.hpp"
#include "server/bagit/bag.hpp"
#include "server/bagit/bagit.hpp"
#include "server/bagit/story_json.hpp"
#include "server/file_lock.hpp"
#include <algorithm>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fstream>
#include <ostream>
#include <sstream>
#include <system_error>

namespace tarina::server {
namespace fs = std::filesystem;

namespace {

constexpr int most_tries = 3; // a video is replaced by somebody, not three times within one export

std::string slurp(fs::path const& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// What the bag says of its story, consents and subtitles is in these; what the video is, in its hash.
bool is_unchanged(fs::path const& bag, StoryFiles const& files) {
  return is_bag(bag) && std::all_of(files.texts.begin(), files.texts.end(), [&](auto const& file) { return slurp(bag / file.first) == file.second; });
}

BagTags tags_of(ExportOrder const& order, catalog::StoryRecord const& story, catalog::Vocabulary const& words, std::string const& address) {
  auto const* institution = words.find_institution(story.details.institution);
  auto const organization = !order.organization.empty() || !institution ? order.organization : institution->name.in("fi");
  BagTags tags{{"Source-Organization", organization}, {"Contact-Email", order.contact_email}, {"External-Description", story.details.title.in("fi")},
               {"Bagging-Date", fmt::format("{:%Y-%m-%d}", std::chrono::floor<std::chrono::seconds>(order.now))}, {"External-Identifier", story.id}, {"External-Identifier", address},
               {"Bag-Software-Agent", "tarina-server"}};
  std::erase_if(tags, [](auto const& tag) { return tag.second.empty(); });
  return tags;
}

class Export {
public:
  Export(ExportOrder const& order, std::ostream& out) : order_(order), out_(out), reader_(order.data / "catalog.sqlite"), words_(reader_.vocabulary()) {}

  void story(std::string const& id, bool asked_for) {
    try {
      for (int tries = 1; !write(id, asked_for, tries == most_tries); ++tries) {}
    } catch (std::exception const& failure) {
      ++report.failed;
      out_ << id << ": " << failure.what() << std::endl;
    }
  }

  void note_withdrawn() {
    auto withdrawn = read_withdrawn(order_.to);
    // Undone since. What this record does not know stays: another server may have noted it.
    std::erase_if(withdrawn, [&](auto const& one) { return !one.second && reader_.story(one.first); });
    for (auto const& one : reader_.withdrawn()) withdrawn[one.story] = withdrawn[one.story] || one.erased;
    write_withdrawn(order_.to, withdrawn);
    for (auto const& [id, erased] : withdrawn) {
      if (!is_bag(order_.to / id)) continue;
      ++report.stale;
      out_ << id << ": was taken back; remove its bag, " << (order_.to / id).string() << ", and every copy of it" << std::endl;
    }
  }

  ExportReport report;

private:
  /// False when the video was replaced meanwhile.
  bool write(std::string const& id, bool asked_for, bool last_try) {
    auto const story = reader_.story(id);
    if (!story) {
      if (!asked_for) return true;
      throw std::runtime_error("is no story here, or was taken back");
    }
    auto const address = order_.base_url.empty() ? std::string() : order_.base_url + "/stories/" + id;
    auto const files = write_story_files(*story, words_, address);
    if (is_unchanged(order_.to / id, files)) {
      ++report.unchanged;
      return true;
    }
    BagWriter bag(order_.to, id);
    for (auto const& [path, bytes] : files.texts) bag.add(path, bytes);
    try {
      if (!files.poster.empty()) bag.add_file(files.poster, order_.data / "media" / media::package_path(story->package) / story->poster);
      if (story->original && bag.add_file(files.original, order_.data / "media" / media::original_path(story->original->id)) != story->original->sha256)
        throw std::runtime_error("its original is damaged (SHA-256 differs from the record's); bring it back from a backup");
    } catch (std::system_error const& failure) {
      if (failure.code() != std::errc::no_such_file_or_directory) throw;
      if (!last_try) return false;
      throw std::runtime_error("its original or picture is missing in the media folder; bring it back from a backup");
    }
    if (!reader_.story(id)) {
      out_ << id << ": was taken back meanwhile, and is left out" << std::endl;
      return true;
    }
    bag.finish(tags_of(order_, *story, words_, address));
    ++report.written;
    out_ << id << ": written" << std::endl;
    return true;
  }

  ExportOrder const& order_;
  std::ostream& out_;
  catalog::RecordReader reader_;
  catalog::Vocabulary words_;
};

} // namespace

ExportReport export_stories(ExportOrder const& order, std::ostream& out) {
  if (!fs::exists(order.data / "catalog.sqlite")) throw std::runtime_error(order.data.string() + " holds no record");
  if (fs::exists(order.to / "catalog.sqlite")) throw std::runtime_error(order.to.string() + " is a data folder; export into a folder of its own");
  if (!fs::exists(order.to)) make_private_folder(order.to);
  FolderLock const lock(order.to, "folder of bags");
  tidy_bags(order.to);
  Export run(order, out);
  if (order.stories.empty())
    for (auto const& id : catalog::RecordReader(order.data / "catalog.sqlite").stories()) run.story(id, false);
  for (auto const& id : order.stories) run.story(id, true);
  run.note_withdrawn();
  return run.report;
}

} // namespace tarina::server
