// The concatenation extension of tus 1.0.0: pieces sent side by side become one upload.
#include "catalog/catalog.hpp"
#include "catalog/ids.hpp"
#include "media/store.hpp"
#include "server/api/upload_metadata.hpp"
#include "server/api/upload_tus.hpp"

namespace tarina::server {
namespace {

constexpr std::size_t most_parts = 100;

Error unreadable() { return {Errc::invalid, "upload.concat_invalid", "Upload-Concat must name partial uploads of this site"}; }

/// The ids in "final;URL URL", where a URL is absolute or a path.
result<std::vector<std::string>> parts_of(std::string_view header) {
  header.remove_prefix(std::string_view("final;").size());
  std::vector<std::string> ids;
  while (!header.empty()) {
    auto const space = std::min(header.find(' '), header.size());
    auto url = header.substr(0, space);
    header.remove_prefix(std::min(space + 1, header.size()));
    if (url.empty()) continue;
    if (auto const host = url.find("://"); host != std::string_view::npos) url.remove_prefix(std::min(url.find('/', host + 3), url.size()));
    if (!url.starts_with(uploads_path) || url.size() < uploads_path.size() + 2 || url[uploads_path.size()] != '/') return unreadable();
    ids.emplace_back(url.substr(uploads_path.size() + 1));
  }
  if (ids.empty() || ids.size() > most_parts) return unreadable();
  return ids;
}

/// The whole length, when every part is a full piece of this story. Asked before anything is copied.
result<std::int64_t> length_of(catalog::Catalog& c, std::string const& story, std::vector<std::string> const& parts) {
  std::int64_t length = 0;
  for (auto const& id : parts) {
    auto const part = c.upload(id);
    if (!part || !part->partial || part->story != story) return Error{Errc::invalid, "upload.parts_unknown", "a part is not a partial upload of this story"};
    if (!part->full()) return Error{Errc::conflict, "upload.parts_incomplete", "a part has not come to its end"};
    length += *part->size;
  }
  return length;
}

/// The bytes first, then the row: a crash in between leaves a file that nobody knows, which the next start removes.
result<catalog::Upload> put_together(App& app, catalog::Actor const& actor, catalog::NewUpload const& wanted) {
  auto& c = app.catalog.direct();
  if (auto made = c.concatenation_of(wanted.story, wanted.parts)) return std::move(*made); // its answer was lost
  auto const length = length_of(c, wanted.story, wanted.parts);
  if (!length) return length.error();
  if (*length > app.config.upload_max_bytes) return Error{Errc::too_large, "upload.too_large", "the file is larger than this site takes"};
  if (app.store.free_bytes() - c.reserved_bytes() - *length < app.config.disk_floor_bytes)
    return Error{Errc::no_space, "upload.no_space", "there is no room for this file at the moment"};
  auto const id = catalog::random_id(24);
  auto make = [&]() -> result<catalog::Upload> {
    if (auto copied = app.store.concatenate(id, wanted.parts); !copied) return copied.error();
    return c.concatenate_uploads(actor, wanted, id);
  };
  try {
    auto made = make();
    if (!made || made->id != id) app.store.remove_upload(id); // refused, or a request beside this one was quicker
    return made;
  } catch (...) {
    app.store.remove_upload(id);
    throw;
  }
}

} // namespace

awaitable<Response> concatenate_uploads(Uploads& uploads, Request& request) {
  auto& app = uploads.app;
  auto parts = parts_of(request.header("Upload-Concat"));
  if (!parts) co_return problem(request, parts.error());
  if (!request.header("Upload-Length").empty() || !request.header("Upload-Defer-Length").empty())
    co_return problem(request, {Errc::invalid, "upload.concat_invalid", "the length of a final upload is that of its parts"});
  if (request.body->length().value_or(1) > 0) co_return problem(request, {Errc::forbidden, "upload.final", "an upload made of parts takes no bytes of its own"});
  auto metadata = parse_upload_metadata(request.header("Upload-Metadata"));
  if (!metadata) co_return problem(request, metadata.error());
  auto allowed = co_await authorize_upload(app, request, *metadata);
  if (!allowed) co_return problem(request, allowed.error());
  auto wanted = describe_upload(app, request, *metadata, allowed->story);
  wanted.parts = std::move(*parts);
  auto work = [&] { return put_together(app, allowed->actor, wanted); };
  auto upload = co_await app.files.run(work);
  if (!upload) co_return problem(request, upload.error());
  if (!upload->finished) {
    auto guard = co_await uploads.locks.take(upload->id, nullptr, lock_patience);
    auto finished = co_await finish_upload(app, upload->id);
    if (!finished) co_return problem(request, finished.error());
  }
  auto response = upload_offset_answer(201, *upload);
  response.set(http::field::location, std::string(uploads_path) + "/" + upload->id);
  co_return response;
}

std::string upload_concat_of(catalog::Upload const& upload) {
  if (upload.partial) return "partial";
  std::string text;
  for (auto const& part : upload.parts) text.append(text.empty() ? "final;" : " ").append(uploads_path).append("/").append(part);
  return text;
}

} // namespace tarina::server
