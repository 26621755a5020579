#include "server/response.hpp"
#include <nlohmann/json.hpp>

namespace tarina::server {

Response& Response::set(http::field name, std::string_view value) & {
  headers.set(name, {value.data(), value.size()});
  return *this;
}
Response&& Response::set(http::field name, std::string_view value) && { return std::move(set(name, value)); }
Response& Response::set(std::string_view name, std::string_view value) & {
  headers.set({name.data(), name.size()}, {value.data(), value.size()});
  return *this;
}
Response&& Response::set(std::string_view name, std::string_view value) && { return std::move(set(name, value)); }

Response text(std::string body, std::string_view content_type, unsigned status) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.set(http::field::content_type, content_type);
  return response;
}

Response html(std::string body, unsigned status) { return text(std::move(body), "text/html; charset=utf-8", status); }

Response json(nlohmann::json const& value, unsigned status) {
  // Stored text is valid UTF-8, but a bad byte must not turn an answer into a 500.
  return text(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), "application/json", status);
}

Response redirect(std::string_view location, unsigned status) {
  Response response;
  response.status = status;
  response.set(http::field::location, location);
  return response;
}

Response no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response file(std::shared_ptr<media::OpenFile const> file, std::string_view content_type, std::string_view etag,
              std::string_view caching) {
  Response response;
  response.body = FileBody{std::move(file)};
  response.set(http::field::content_type, content_type);
  if (!etag.empty()) response.set(http::field::etag, etag);
  response.set(http::field::accept_ranges, "bytes");
  response.set(http::field::cache_control, caching);
  return response;
}

} // namespace tarina::server
