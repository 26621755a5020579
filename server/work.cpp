#include "server/work.hpp"
#include "catalog/catalog.hpp"
#include "media/hls.hpp"
#include "media/kept_files.hpp"
#include "media/store.hpp"
#include "media/tasks.hpp"
#include "server/digest.hpp"
#include <algorithm>
#include <spdlog/spdlog.h>

namespace tarina::server {
namespace {

using Sums = std::vector<media::FileSum>;

media::FileSum sum_of(std::string const& name, std::string_view text) { return {name, static_cast<std::int64_t>(text.size()), sha256_of(text)}; }

/// Their checksums.
result<Sums> write_playlists(media::MediaStore& store, std::string const& id, media::Package const& package) {
  std::vector<std::pair<std::string, std::string>> files{{"main.m3u8", media::multivariant_playlist(package)},
                                                         {"main.mpd", media::dash_manifest(package)}};
  for (auto const* tracks : {&package.video, &package.audio})
    for (auto const& track : *tracks) files.emplace_back(track.name + "/index.m3u8", media::media_playlist(track, true));
  if (package.storyboard) files.emplace_back("stills/storyboard.vtt", media::storyboard_webvtt(*package.storyboard, package.duration));
  Sums sums;
  for (auto const& [name, text] : files) {
    if (auto written = store.write_staged(id, name, text); !written) return written.error();
    sums.push_back(sum_of(name, text));
  }
  return sums;
}

/// Adds those of the files that neither the facts nor `sums` know: pictures, and after a crash the playlists. One that is
/// not there is left for the first verification to find.
void add_sums_of_others(media::MediaStore const& store, std::string const& id, media::Package const& package, Sums& sums) {
  for (auto const& file : media::files_of(package)) {
    bool const known = !file.sha256.empty() || std::any_of(sums.begin(), sums.end(), [&](media::FileSum const& sum) { return sum.name == file.name; });
    if (known) continue;
    if (auto const opened = store.open_published(id, file.name)) sums.push_back({file.name, opened->size(), sha256_of_file(opened->fd())});
  }
}

/// The upload's hash, wherever a crash left the file. Errc::not_found "upload.file_missing" when it is nowhere.
result<std::string> hash_of(media::MediaStore& store, catalog::Upload const& upload) {
  auto hash = store.hash_upload(upload.id);
  if (hash || hash.error().code != Errc::not_found) return hash;
  auto original = store.open_original(upload.original);
  if (!original && original.error().code == Errc::not_found) return Error{Errc::not_found, "upload.file_missing", "the file is gone"};
  if (!original) return original.error();
  return sha256_of_file(original->fd());
}

void remove_files(media::MediaStore& store, catalog::Erasure const& erasure) {
  for (auto const& upload : erasure.uploads) store.remove_upload(upload);
  for (auto const& original : erasure.originals) store.remove_original(original);
  for (auto const& package : erasure.packages) {
    store.remove_staged(package);
    store.remove_package(package);
  }
}

/// Forgets an unfinished upload with its file, also when a try to finish it had moved that already.
void drop_upload(catalog::Catalog& catalog, media::MediaStore& store, catalog::Upload const& upload) {
  if (!catalog.terminate_upload(upload.id)) return;
  store.remove_upload(upload.id);
  store.remove_original(upload.original);
}

/// True when the upload became an original.
bool finish_again(catalog::Catalog& catalog, media::MediaStore& store, catalog::Upload const& upload) {
  auto const finished = finish_full_upload(catalog, store, upload.id);
  if (finished) return true;
  spdlog::error("upload {} cannot be finished: {}", upload.id, finished.error().detail);
  if (finished.error().key == "upload.file_missing") drop_upload(catalog, store, upload);
  return false;
}

void recover_upload(catalog::Catalog& catalog, media::MediaStore& store, catalog::Upload const& upload) {
  if (upload.full() && !upload.partial) {
    finish_again(catalog, store, upload);
    return;
  }
  auto cut = store.truncate_upload(upload.id, upload.offset);
  if (!cut && upload.offset == 0) cut = store.create_upload(upload.id); // the crash came between the row and the file
  if (cut) return;
  spdlog::error("upload {} lost acknowledged bytes ({}); it has to begin anew", upload.id, cut.error().detail);
  drop_upload(catalog, store, upload);
}

/// One round does many things for many stories: what goes wrong with one must not keep it from the others.
template <class Step> void guarded(char const* what, std::string const& id, Step const& step) {
  try {
    step();
  } catch (std::exception const& e) {
    spdlog::error("{} {}: {}", what, id, e.what());
  }
}

void publish_complete_packages(catalog::Catalog& catalog, media::MediaStore& store) {
  for (auto const& package : catalog.complete_packages())
    guarded("publishing package", package, [&] {
      if (auto done = publish_complete_package(catalog, store, package); !done) spdlog::warn("package {} waits: {}", package, done.error().detail);
    });
}

// Whatever an old backup of the record does not know stays so long for somebody to look at it.
constexpr std::chrono::hours strays_stay{24 * 30};

/// What the store has and the record does not name, and the other way round.
void compare(catalog::Catalog& catalog, media::MediaStore& store) {
  auto const known = catalog.known_files();
  auto is_known = [](std::vector<std::string> const& sorted, std::string const& id) { return std::binary_search(sorted.begin(), sorted.end(), id); };
  for (auto const& id : store.all(media::MediaStore::Kind::upload))
    if (!is_known(known.uploads, id))
      guarded("removing upload", id, [&] {
        spdlog::warn("removing the bytes of upload {}, which is not in the catalog", id);
        store.remove_upload(id);
      });
  auto put_aside = [&](media::MediaStore::Kind kind, std::vector<std::string> const& names, char const* what) {
    for (auto const& id : store.all(kind))
      if (!is_known(names, id))
        guarded("setting aside", id, [&] {
          spdlog::warn("setting aside {} {}, which is not in the catalog: see media/strays", what, id);
          store.set_aside(kind, id);
        });
  };
  put_aside(media::MediaStore::Kind::original, known.originals, "original");
  put_aside(media::MediaStore::Kind::package, known.packages, "package");
  for (auto const& id : known.kept)
    if (!store.open_original(id)) spdlog::error("original {} is in the catalog and not in the store", id);
  for (auto const& id : known.published)
    if (!store.open_published(id, "main.m3u8")) spdlog::error("package {} is published and not in the store", id);
}

} // namespace

result<void> publish_complete_package(catalog::Catalog& catalog, media::MediaStore& store, std::string const& package) {
  static std::mutex one_at_a_time; // the sweep and a worker's last completion may meet at the same package
  std::lock_guard lock(one_at_a_time);
  auto record = catalog.package(package);
  if (!record) return record.error();
  if (record->published) return {};
  for (auto const folder : {media::original_picture, media::original_sound}) store.remove_staged(package, folder); // of a remux, for previews
  // "store.published": the files were moved before a crash, only the pointer is missing.
  auto sums = write_playlists(store, package, record->facts);
  if (!sums && sums.error().key != "store.published") return sums.error();
  if (auto moved = store.publish_package(package); !moved) return moved;
  Sums all = sums ? std::move(*sums) : Sums();
  add_sums_of_others(store, package, record->facts, all);
  return catalog.publish_package(package, all);
}

result<void> finish_full_upload(catalog::Catalog& catalog, media::MediaStore& store, std::string const& id) {
  auto upload = catalog.upload(id);
  if (!upload) return upload.error();
  if (upload->finished) return {};
  // Before the file is hashed and moved: what is refused stays as it was and can be tried again.
  if (auto allowed = catalog.check_finish(id); !allowed) return allowed;
  auto hash = hash_of(store, *upload);
  if (!hash) return hash.error();
  if (auto kept = store.keep_original(id, upload->original); !kept) return kept;
  auto finished = catalog.finish_upload(id, *hash);
  if (finished) return {};
  // Ended or erased meanwhile: whoever removed the upload may have looked before the file came here. What was only
  // withdrawn may come back, and its erasure takes the file along.
  if (finished.error().code == Errc::not_found) store.remove_original(upload->original);
  return finished.error();
}

void reconcile(catalog::Catalog& catalog, media::MediaStore& store) {
  for (auto const& upload : catalog.unfinished_uploads()) guarded("recovering upload", upload.id, [&] { recover_upload(catalog, store, upload); });
  publish_complete_packages(catalog, store);
  for (auto const& package : store.staged_packages())
    if (!catalog.package(package)) {
      spdlog::warn("removing what was staged for package {}, which is not in the catalog", package);
      store.remove_staged(package);
    }
  compare(catalog, store);
}

bool sweep_once(catalog::Catalog& catalog, media::MediaStore& store) {
  // First what was promised to people.
  for (auto const& erasure : catalog.pending_erasures())
    guarded("erasing story", erasure.story, [&] {
      remove_files(store, erasure);
      catalog.finish_erasure(erasure.story);
      remove_files(store, erasure); // what a worker was still sending came before its package was unknown
    });
  bool freed = catalog.expire_leases() > 0;
  for (auto const& upload : catalog.stranded_uploads())
    guarded("finishing upload", upload.id, [&] {
      if (finish_again(catalog, store, upload)) freed = true;
    });
  for (auto const& upload : catalog.expired_uploads()) guarded("ending upload", upload.id, [&] { drop_upload(catalog, store, upload); });
  publish_complete_packages(catalog, store); // also what failed before for want of space
  catalog.end_replaced_packages();
  for (auto const& package : catalog.retired_packages())
    guarded("removing package", package, [&] {
      store.remove_staged(package);
      store.remove_package(package);
      catalog.forget_package(package);
      store.remove_staged(package); // what a worker was still sending came before its package was unknown
    });
  for (auto const& original : catalog.superseded_originals())
    guarded("removing replaced video", original, [&] {
      store.remove_original(original);
      catalog.forget_original(original);
    });
  guarded("removing", "strays", [&] {
    for (auto const& stray : store.remove_strays(catalog.patient_now() - strays_stay)) spdlog::warn("removed {}, which was set aside", stray);
  });
  return freed;
}

} // namespace tarina::server
