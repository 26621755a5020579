// One HTTP response as a handler returns it.
#pragma once
#include "media/store.hpp"
#include "server/request.hpp"
#include <nlohmann/json_fwd.hpp>
#include <memory>
#include <optional>
#include <variant>

namespace tarina::server {

/// A file to send by sendfile(2); the session answers ranges and conditional requests on it.
struct FileBody {
  std::shared_ptr<media::OpenFile const> file;
};

/// Leave to give an answer again, whoever asks for the same address: it depends on nothing else of the request but range,
/// conditions and coding.
struct Repeat {
  std::uint64_t version = 0; // of access: a newer one ends the leave (Catalog::access_version)
  std::int64_t until = 0;    // Unix seconds: afterwards the handler is asked again
};

struct Response {
  unsigned status = 200;
  http::fields headers;
  std::variant<std::string, FileBody> body;
  bool close = false;      // end the connection after this answer
  bool compress = true;    // text of 1 KB and more is sent as br or gzip when the client takes it
  std::optional<Repeat> repeat;
  std::optional<Error> error; // what problem() was made from, so that people can get it as a page

  Response& set(http::field name, std::string_view value) &;
  Response&& set(http::field name, std::string_view value) &&;
  Response& set(std::string_view name, std::string_view value) &;
  Response&& set(std::string_view name, std::string_view value) &&;
};

/// Cache-Control values.
inline constexpr std::string_view immutable_caching = "public, max-age=31536000, immutable";
inline constexpr std::string_view no_store = "no-store";

Response html(std::string body, unsigned status = 200);
Response json(nlohmann::json const& value, unsigned status = 200);
Response text(std::string body, std::string_view content_type, unsigned status = 200);
Response redirect(std::string_view location, unsigned status = 303);
Response no_content();
/// Content type by extension, ETag given (already quoted), Accept-Ranges.
Response file(std::shared_ptr<media::OpenFile const> file, std::string_view content_type, std::string_view etag, std::string_view caching);

/// RFC 9457 application/problem+json with type, title, status, detail and request id. The only place errors become statuses.
/// answer() (server/answer.hpp) shows it as a page instead, in the request's language, when the client prefers HTML.
Response problem(Request const& request, Error const& error);
/// The same with a status that no Errc stands for: 405, 500.
Response problem(Request const& request, unsigned status, Error const& error);
unsigned status_of(Errc code);

} // namespace tarina::server
