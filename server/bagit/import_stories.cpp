#include "catalog/catalog.hpp"
#include "catalog/ids.hpp"
#include "catalog/story_record.hpp"
#include "media/store.hpp"
#include "server/backup/folder.hpp"
#include "server/bagit/bag.hpp"
#include "server/bagit/bagit.hpp"
#include "server/bagit/story_json.hpp"
#include "server/digest.hpp"
#include "server/file_lock.hpp"
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <ostream>
#include <system_error>
#include <unistd.h>

namespace tarina::server {
namespace fs = std::filesystem;

namespace {

/// Copies a file of the bag into an upload of the store; gives its SHA-256.
result<std::string> copy_in(fs::path const& from, media::MediaStore& store, std::string const& upload) {
  if (auto const made = store.create_upload(upload); !made) return made.error();
  auto const to = store.open_upload(upload, 0);
  if (!to) return to.error();
  int const fd = ::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), from.string());
  media::OpenFile const in(fd, 0);
  Sha256 digest;
  std::string buffer(1 << 20, '\0');
  for (std::int64_t at = 0;;) {
    auto const n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category(), from.string());
    if (n == 0) break;
    auto const piece = std::string_view(buffer).substr(0, static_cast<std::size_t>(n));
    digest.add(piece);
    if (auto const written = media::MediaStore::write(*to, at, piece); !written) return written.error();
    at += n;
  }
  if (auto const done = media::MediaStore::sync(*to); !done) return done.error();
  return digest.hex();
}

/// What reading showed about the video must be what the record says of it, and nothing in the bag may be left behind.
result<void> check_files(Bag const& bag, ReadStory const& story) {
  auto const wrong = [](std::string detail) { return Error{Errc::invalid, "bag.story", std::move(detail)}; };
  for (auto const& [path, hash] : bag.payload())
    if (std::find(story.files.begin(), story.files.end(), path) == story.files.end()) return wrong("metadata.json says nothing of " + path);
  for (auto const& path : story.files)
    if (!bag.payload().contains(path)) return wrong(path + " is missing, which metadata.json names");
  auto const& original = story.record.original;
  if (!original) return {};
  if (bag.payload().at(story.original) != original->sha256 || static_cast<std::int64_t>(fs::file_size(bag.place(story.original))) != original->bytes)
    return wrong(story.original + " is not the original that metadata.json describes (SHA-256 or size differs)");
  return {};
}

class Import {
public:
  Import(ImportOrder const& order, fs::path const& data, std::ostream& out) : order_(order), out_(out), catalog_(options(order, data)), store_(data / "media") {}

  void bag(fs::path const& folder, std::map<std::string, bool> const& withdrawn) {
    auto const name = folder.filename().string();
    try {
      auto const done = bring_in(folder, withdrawn);
      if (done) return;
      out_ << name << ": refused: " << done.error().detail << std::endl;
    } catch (std::exception const& failure) {
      out_ << name << ": refused: " << failure.what() << std::endl;
    }
    ++report.refused;
  }

  ImportReport report;

private:
  static catalog::CatalogOptions options(ImportOrder const& order, fs::path const& data) {
    catalog::CatalogOptions options;
    options.folder = data;
    options.clock = order.clock;
    options.search = catalog::SearchStart::never; // the next start brings it in step
    return options;
  }

  result<void> bring_in(fs::path const& folder, std::map<std::string, bool> const& withdrawn) {
    auto const bag = Bag::open(folder);
    if (!bag) return bag.error();
    auto story = read_story_files([&](std::string const& path) { return bag->read(path); });
    if (!story) return story.error();
    if (auto const sound = check_files(*bag, *story); !sound) return sound;
    if (withdrawn.contains(story->record.id)) return Error{Errc::gone, "story.withdrawn", "withdrawn.json beside it says that the story was taken back"};
    auto const state = catalog_.check_import(story->record, story->words);
    if (!state) return state.error();
    auto const& id = story->record.id;
    if (*state == catalog::ImportState::present) {
      ++report.present;
      out_ << id << ": is here already" << std::endl;
      return {};
    }
    if (!order_.dry_run)
      if (auto const done = keep(*bag, *story); !done) return done;
    ++report.imported;
    out_ << id << (order_.dry_run ? ": can be brought in" : ": brought in") << std::endl;
    return {};
  }

  /// The video first, durable under a fresh name: a crash before the record knows of it leaves a stray, not half a story.
  result<void> keep(Bag const& bag, ReadStory& story) {
    auto& original = story.record.original;
    if (!original) return catalog_.import_story(story.record, story.words);
    if (store_.free_bytes() - original->bytes < order_.disk_floor) return Error{Errc::no_space, "import.no_space", fmt::format("its {} bytes do not fit on the disk", original->bytes)};
    original->id = catalog::random_id(20);
    auto const upload = catalog::random_id(24);
    auto const kept = [&]() -> result<void> {
      auto const hash = copy_in(bag.place(story.original), store_, upload);
      if (!hash) return hash.error();
      if (*hash != original->sha256) return Error{Errc::invalid, "bag.changed", story.original + " changed while it was read"};
      if (auto const done = store_.keep_original(upload, original->id); !done) return done;
      return catalog_.import_story(story.record, story.words);
    };
    struct Undo {
      media::MediaStore& store;
      std::string const& upload;
      std::string const& original;
      bool done = false;
      ~Undo() {
        if (done) return;
        try {
          store.remove_upload(upload);
          store.remove_original(original);
        } catch (std::exception const&) {
          return; // the next start finds and sets aside what stays
        }
      }
    } undo{store_, upload, original->id};
    auto const done = kept();
    undo.done = done.has_value();
    return done;
  }

  ImportOrder const& order_;
  std::ostream& out_;
  catalog::Catalog catalog_;
  media::MediaStore store_;
};

/// Bags in their order, or the one that `from` is. What an export has not finished is none.
std::vector<fs::path> bags_in(fs::path const& from) {
  if (is_bag(from)) return {from};
  std::vector<fs::path> bags;
  for (auto const& entry : fs::directory_iterator(from)) {
    auto const name = entry.path().filename().string();
    if (!entry.is_directory() || name.starts_with('.') || name.ends_with(".partial") || name.ends_with(".replaced")) continue;
    bags.push_back(entry.path());
  }
  std::sort(bags.begin(), bags.end());
  return bags;
}

/// A folder for a look at bags where there is no record to compare with.
struct ScratchFolder {
  fs::path path;
  ScratchFolder() {
    auto name = (fs::temp_directory_path() / "tarina-import-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), name);
    path = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

ImportReport run(ImportOrder const& order, fs::path const& data, fs::path const& from, std::vector<fs::path> const& bags, std::ostream& out) {
  auto const withdrawn = read_withdrawn(is_bag(from) ? from.parent_path() : from);
  Import all(order, data, out);
  for (auto const& bag : bags) all.bag(bag, withdrawn);
  return all.report;
}

} // namespace

ImportReport import_stories(ImportOrder const& order, std::ostream& out) {
  auto const from = fs::canonical(order.from);
  auto const bags = bags_in(from);
  if (bags.empty()) throw std::runtime_error(order.from.string() + " is no bag and holds none");
  bool const fresh = !fs::exists(order.data / "catalog.sqlite");
  if (fresh && order.dry_run) {
    ScratchFolder const scratch;
    return run(order, scratch.path, from, bags, out);
  }
  if (fresh) make_private_folder(order.data);
  FolderLock const lock(order.data);
  return run(order, order.data, from, bags, out);
}

} // namespace tarina::server
