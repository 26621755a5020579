#include "server/api/upload_intake.hpp"
#include "catalog/catalog.hpp"
#include "media/store.hpp"
#include "server/metrics.hpp"
#include <boost/system/system_error.hpp>

namespace tarina::server {
namespace {

constexpr std::size_t buffer_size = 512 * 1024;

struct Filled {
  std::size_t bytes = 0;
  bool ended = false;      // the body came to its end
  bool broken_off = false;
};

/// Fills the buffer as far as the body goes; a failing connection keeps what came before.
awaitable<Filled> fill(BodyReader& body, std::span<char> buffer) {
  Filled filled;
  try {
    while (filled.bytes < buffer.size()) {
      auto const n = co_await body.read_some(buffer.subspan(filled.bytes));
      if (n == 0) {
        filled.ended = true;
        break;
      }
      filled.bytes += n;
    }
  } catch (boost::system::system_error const&) {
    filled.broken_off = true;
  }
  co_return filled;
}

catalog::Time expiry_of(Config const& config) {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) + config.upload_lifetime;
}

} // namespace

awaitable<result<Intake>> take_in(App& app, Request& request, catalog::Upload const& upload) {
  Intake intake;
  intake.offset = upload.offset;
  std::int64_t written = upload.offset;
  std::vector<char> buffer(buffer_size);
  bool ended = false;
  while (!ended) {
    auto const filled = co_await fill(*request.body, buffer);
    intake.broken_off = filled.broken_off;
    ended = filled.ended || filled.broken_off;
    auto const fits = static_cast<std::size_t>(std::min<std::int64_t>(static_cast<std::int64_t>(filled.bytes), upload.size - written));
    bool const too_long = fits < filled.bytes;
    ended = ended || too_long;
    auto const sync = ended || written + static_cast<std::int64_t>(fits) - intake.offset >= sync_every;
    auto store_bytes = [&]() -> result<void> {
      if (fits > 0)
        if (auto done = app.store.write_upload(upload.id, written, std::string_view(buffer.data(), fits)); !done) return done;
      if (!sync || written + static_cast<std::int64_t>(fits) == intake.offset) return {};
      return app.store.sync_upload(upload.id);
    };
    auto stored = co_await app.files.run(store_bytes);
    if (!stored) co_return stored.error();
    written += static_cast<std::int64_t>(fits);
    if (sync && written > intake.offset) {
      auto const expires = expiry_of(app.config);
      auto advance = [&](catalog::Catalog& c) { return c.advance_upload(upload.id, intake.offset, written, expires); };
      auto advanced = co_await app.catalog.run(advance);
      if (!advanced) co_return advanced.error();
      app.metrics.upload_bytes += static_cast<std::uint64_t>(written - intake.offset);
      intake.offset = written;
    }
    if (too_long) co_return Error{Errc::too_large, "upload.body_too_long", "the body goes beyond the end of the upload"};
  }
  co_return intake;
}

} // namespace tarina::server
