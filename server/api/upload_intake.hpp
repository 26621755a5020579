// From a request body to durable bytes of an upload.
#pragma once
#include "catalog/upload.hpp"
#include "server/api/upload_checksum.hpp"
#include "server/api/upload_locks.hpp"
#include "server/app.hpp"

namespace tarina::server {

/// How often bytes become durable, and with it what a crash may cost a client.
inline constexpr std::int64_t sync_every = std::int64_t{8} << 20;

struct IntakeOptions {
  std::int64_t limit = 0;           // the offset that nothing may go beyond
  std::optional<Checksum> checksum; // nothing counts before the whole body has come and its sum is right
  std::function<awaitable<void>(std::int64_t offset)> acknowledged; // told each durable offset but the last
};

struct Intake {
  std::int64_t offset = 0;   // durable
  bool broken_off = false;   // the body did not come to its end: lost connection, stall, or a newer request
};

/// Appends the body to an upload whose lock the caller holds. Acknowledges (catalog) only what is synced. A body that goes
/// beyond the limit fails with Errc::too_large "upload.body_too_long"; what fitted stays. With a checksum all or nothing
/// stays; Errc::invalid "upload.checksum_differs".
awaitable<result<Intake>> take_in(App& app, Request& request, catalog::Upload const& upload, IntakeOptions options);

} // namespace tarina::server
