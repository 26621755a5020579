// Any multipart body, its Content-Type being the first line: refused, or the same parts when written and read again.
#include "check.hpp"
#include "server/request.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <boost/asio/co_spawn.hpp>

namespace {

using namespace tarina::server;
using tarina::result;

/// A body that lies in memory.
class HeldBody : public BodyReader {
public:
  explicit HeldBody(std::string_view bytes) : bytes_(bytes) {}
  std::optional<std::uint64_t> length() const override { return bytes_.size(); }
  awaitable<std::size_t> read_some(std::span<char> buffer) override {
    auto const n = std::min(buffer.size(), bytes_.size());
    std::copy_n(bytes_.data(), n, buffer.data());
    bytes_.remove_prefix(n);
    co_return n;
  }
  std::function<void()> interrupter() override { return [] {}; }
  awaitable<void> send_interim(std::string) override { co_return; }
  bool peer_gone() const override { return false; }

private:
  std::string_view bytes_;
};

std::optional<std::vector<FormPart>> read(std::string_view type, std::string_view bytes) {
  HeldBody body(bytes);
  Request request;
  request.body = &body;
  request.headers.set(http::field::content_type, {type.data(), type.size()});
  std::optional<std::vector<FormPart>> parts;
  asio::io_context context;
  asio::co_spawn(context, read_multipart(request, 1 << 20), [&parts](std::exception_ptr failure, result<std::vector<FormPart>> made) {
    fuzz::check(!failure, "reading never throws");
    if (made) parts = std::move(*made);
  });
  context.run();
  return parts;
}

std::string quote(std::string const& text) {
  std::string out = "\"";
  for (char const c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto body = fuzz::text_of(data, size);
  auto const type = fuzz::cut(body, '\n');
  auto const parts = read(type, body);
  if (!parts) return 0;
  std::string boundary = "b";
  while (body.find(boundary) != body.npos) boundary += 'b';
  if (boundary.size() > 70) return 0;
  std::string again;
  for (auto const& part : *parts) {
    fuzz::check(is_utf8(part.name) && is_utf8(part.filename), "names are text");
    again += "--" + boundary + "\r\nContent-Disposition: form-data; name=" + quote(part.name) + "; filename=" + quote(part.filename) + "\r\n";
    again += "Content-Type: " + part.content_type + "\r\n\r\n" + part.data + "\r\n";
  }
  auto const twice = read("multipart/form-data; boundary=" + boundary, again + "--" + boundary + "--\r\n");
  fuzz::check(twice && twice->size() == parts->size(), "all parts come back");
  for (std::size_t i = 0; i < parts->size(); ++i) {
    auto const& a = (*parts)[i];
    auto const& b = (*twice)[i];
    fuzz::check(a.name == b.name && a.filename == b.filename && a.content_type == b.content_type && a.data == b.data, "as they were");
  }
  return 0;
}
