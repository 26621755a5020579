#include "server/api/upload_intake.hpp"
#include "catalog/catalog.hpp"
#include "media/store.hpp"
#include "server/api/upload_steps.hpp"
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

} // namespace

awaitable<result<Intake>> take_in(App& app, Request& request, catalog::Upload const& upload, IntakeOptions options) {
  Intake intake;
  intake.offset = upload.offset;
  auto open = [&] { return app.store.open_upload(upload.id, upload.offset); };
  auto file = co_await app.files.run(open);
  if (!file) co_return file.error();
  std::int64_t written = upload.offset;
  std::vector<char> buffer(buffer_size);
  bool ended = false;
  while (!ended) {
    auto const filled = co_await fill(*request.body, buffer);
    intake.broken_off = filled.broken_off;
    auto const fits = static_cast<std::size_t>(std::min<std::int64_t>(static_cast<std::int64_t>(filled.bytes), options.limit - written));
    bool const too_long = fits < filled.bytes;
    ended = filled.ended || filled.broken_off || too_long;
    auto const reached = written + static_cast<std::int64_t>(fits);
    bool const sync = options.checksum ? filled.ended && !too_long : ended || reached - intake.offset >= sync_every;
    bool wrong_sum = false;
    auto store_bytes = [&]() -> result<void> {
      std::string_view const bytes(buffer.data(), fits);
      if (options.checksum) options.checksum->add(bytes);
      wrong_sum = options.checksum && sync && !options.checksum->holds();
      if (wrong_sum) return {};
      if (fits > 0)
        if (auto done = media::MediaStore::write(*file, written, bytes); !done) return done;
      if (!sync || reached == intake.offset) return {};
      return media::MediaStore::sync(*file);
    };
    auto stored = co_await app.files.run(store_bytes);
    if (!stored) co_return stored.error();
    // What was written of it lies behind the acknowledged offset, where the next request overwrites it.
    if (wrong_sum) co_return Error{Errc::invalid, "upload.checksum_differs", "the bytes that came are not those of the checksum"};
    written = reached;
    if (sync && written > intake.offset) {
      auto const expires = upload_expiry(app.config);
      auto advance = [&](catalog::Catalog& c) { return c.advance_upload(upload.id, intake.offset, written, expires); };
      auto advanced = co_await app.catalog.run(advance);
      if (!advanced) co_return advanced.error();
      app.metrics.upload_bytes += static_cast<std::uint64_t>(written - intake.offset);
      intake.offset = written;
      if (!ended && options.acknowledged) co_await options.acknowledged(written);
    }
    if (too_long) co_return Error{Errc::too_large, "upload.body_too_long", "the body goes beyond the end of the upload"};
  }
  co_return intake;
}

} // namespace tarina::server
