// The server's side of making packages: waking workers, moving complete packages, cleaning up.
#pragma once
#include "media/error.hpp"
#include "server/bell.hpp"
#include "server/catalog_client.hpp"
#include <atomic>
#include <string>

namespace tarina::media { class MediaStore; }

namespace tarina::server {

/// What the upload API, the worker API and the background sweep share.
struct Work {
  std::string worker_token;           // workers prove themselves with it
  Bell tasks;                         // rung when a task may be there to lease
  std::atomic<bool> stopping{false};  // long polls end
};

/// Writes the playlists, moves the files and flips the story's pointer. Repeating after a crash is fine. Blocking.
result<void> publish_complete_package(catalog::Catalog&, media::MediaStore&, std::string const& package);

/// Hashes a full upload, keeps it as original and enqueues its probe. Repeating after a crash is fine. Blocking.
result<void> finish_full_upload(catalog::Catalog&, media::MediaStore&, std::string const& upload);

/// Before serving: cuts uploads to their durable offsets, finishes full ones, publishes packages that were complete, and
/// compares store and record: bytes of unknown uploads go, unknown originals and packages are set aside, what is missing is logged. Blocking.
void reconcile(catalog::Catalog&, media::MediaStore&);

/// One round of what must happen in time: leases, expired uploads, retired packages, erasures. True when a task became free. Blocking.
bool sweep_once(catalog::Catalog&, media::MediaStore&);

} // namespace tarina::server
