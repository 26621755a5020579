#include "server/send.hpp"
#include "server/compress.hpp"
#include "server/conditional.hpp"
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tarina::server {
namespace {

constexpr std::size_t from_memory = 64 * 1024;            // bodies up to this are read and sent with the head
constexpr std::size_t sendfile_turn = 2 * 1024 * 1024;    // then other connections of the thread get theirs
constexpr std::size_t worth_compressing = 1024;

[[noreturn]] void throw_errno(char const* what) {
  throw boost::system::system_error(errno, boost::system::system_category(), what);
}

std::string head_text(Request const& request, Response const& response, std::optional<std::uint64_t> length, bool keep_alive) {
  std::string out;
  out.reserve(1024);
  auto const reason = http::obsolete_reason(static_cast<http::status>(response.status));
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 std::string_view(reason.data(), reason.size()), date_now());
  for (auto const& field : response.headers)
    append_field(out, {field.name_string().data(), field.name_string().size()}, {field.value().data(), field.value().size()});
  if (length) fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", *length);
  if (!keep_alive) out += "Connection: close\r\n";
  fmt::format_to(std::back_inserter(out), "X-Request-Id: {}\r\n\r\n", request.request_id);
  return out;
}

void compress_if_worthwhile(Request const& request, Response& response) {
  auto* text = std::get_if<std::string>(&response.body);
  auto const type = response.headers[http::field::content_type];
  if (!text || !response.compress || !is_compressible({type.data(), type.size()})) return;
  if (response.headers.find(http::field::content_encoding) != response.headers.end()) return;
  auto const vary = response.headers[http::field::vary];
  response.set(http::field::vary, vary.empty() ? "Accept-Encoding" : std::string(vary.data(), vary.size()) + ", Accept-Encoding");
  if (text->size() < worth_compressing) return;
  auto const coding = choose_coding(request.header(http::field::accept_encoding));
  if (coding == Coding::identity) return;
  *text = compress(coding, *text);
  response.set(http::field::content_encoding, coding_name(coding));
  auto const etag = response.headers[http::field::etag];
  if (!etag.empty() && !etag.starts_with("W/")) response.set(http::field::etag, "W/" + std::string(etag.data(), etag.size()));
}

/// Turns the answer into 304, 412 or 416 without a body of its own where the request's conditions say so.
void become_bodiless(Response& response, unsigned status) {
  response.status = status;
  response.body = std::string();
  if (status != 416) return response.headers.erase(http::field::content_type), void();
  response.headers.erase(http::field::cache_control);
}

/// Waits until the client takes more.
awaitable<void> wait_for_room(Connection& connection, Pace& pace) {
  auto const began = std::chrono::steady_clock::now();
  connection.expect_within(pace.left());
  co_await connection.socket.async_wait(Socket::wait_write, use_awaitable);
  connection.expect_nothing();
  pace.waited(std::chrono::steady_clock::now() - began);
}

awaitable<void> send_file(Connection& connection, Pace& pace, int fd, std::int64_t offset, std::uint64_t length) {
  auto const socket = connection.socket.native_handle();
  off_t at = offset;
  while (length > 0) {
    auto const turn = static_cast<std::size_t>(std::min<std::uint64_t>(length, sendfile_turn));
    auto const n = ::sendfile(socket, fd, &at, turn);
    if (n > 0) {
      length -= static_cast<std::uint64_t>(n);
      pace.moved(static_cast<std::uint64_t>(n));
      if (length > 0 && static_cast<std::size_t>(n) == turn)
        co_await asio::post(connection.socket.get_executor(), use_awaitable);
    } else if (n == 0) {
      errno = EIO; // the file is shorter than it was when it was opened
      throw_errno("sendfile");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      co_await wait_for_room(connection, pace);
    } else if (errno != EINTR) {
      throw_errno("sendfile");
    }
  }
}

/// Writes everything, each wait for the client bounded. `more` holds the last bytes back for what follows.
awaitable<void> send_bytes(Connection& connection, Pace& pace, std::string_view bytes, bool more) {
  auto const socket = connection.socket.native_handle();
  while (!bytes.empty()) {
    auto const n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT | (more ? MSG_MORE : 0));
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
      pace.moved(static_cast<std::uint64_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      co_await wait_for_room(connection, pace);
    } else if (errno != EINTR) {
      throw_errno("send");
    }
  }
}

std::string read_part(int fd, std::int64_t offset, std::size_t length) {
  std::string out(length, '\0');
  std::size_t done = 0;
  while (done < length) {
    auto const n = ::pread(fd, out.data() + done, length - done, offset + static_cast<std::int64_t>(done));
    if (n == 0) errno = EIO;
    if (n == 0 || (n < 0 && errno != EINTR)) throw_errno("pread");
    if (n > 0) done += static_cast<std::size_t>(n);
  }
  return out;
}

} // namespace

std::string const& date_now() {
  thread_local std::int64_t shown = 0;
  thread_local std::string text;
  auto const now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (now != shown) {
    shown = now;
    text = http_date(now);
  }
  return text;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  for (char c : value) out += (c == '\r' || c == '\n' || c == '\0') ? ' ' : c;
  out += "\r\n";
}

awaitable<Sent> send_response(Connection& connection, Request const& request, Response& response, bool keep_alive) {
  bool const head_only = request.method == http::verb::head;
  media::ByteRange part;
  if (auto const decided = decide_preconditions(request, response)) {
    become_bodiless(response, *decided);
  } else if (auto* body = std::get_if<FileBody>(&response.body)) {
    auto const size = body->file->size();
    auto const range = decide_range(request, response, size);
    part = {0, size};
    if (auto const* chosen = std::get_if<media::ByteRange>(&range)) {
      part = *chosen;
      response.status = 206;
      response.set(http::field::content_range, fmt::format("bytes {}-{}/{}", part.first, part.first + part.length - 1, size));
    } else if (std::holds_alternative<media::NotSatisfiable>(range)) {
      become_bodiless(response, 416);
      response.set(http::field::content_range, fmt::format("bytes */{}", size));
    }
  } else {
    compress_if_worthwhile(request, response);
  }

  bool const bodiless = response.status == 204 || response.status == 304 || response.status < 200;
  auto const* text = std::get_if<std::string>(&response.body);
  auto const length = text ? text->size() : static_cast<std::uint64_t>(part.length);
  auto head = head_text(request, response, bodiless ? std::nullopt : std::optional<std::uint64_t>(length), keep_alive);
  Pace pace(connection.limits.write_stall, connection.limits.write_rate);
  Sent sent{response.status, bodiless || head_only ? 0 : length};
  if (sent.body_bytes == 0) {
    co_await send_bytes(connection, pace, head, false);
  } else if (text && length > from_memory) {
    co_await send_bytes(connection, pace, head, true);
    co_await send_bytes(connection, pace, *text, false);
  } else if (text) {
    head += *text;
    co_await send_bytes(connection, pace, head, false);
  } else {
    auto const file = std::get<FileBody>(response.body).file;
    if (length <= from_memory) {
      head += read_part(file->fd(), part.first, static_cast<std::size_t>(length));
      co_await send_bytes(connection, pace, head, false);
    } else {
      co_await send_bytes(connection, pace, head, true);
      co_await send_file(connection, pace, file->fd(), part.first, length);
    }
  }
  co_return sent;
}

} // namespace tarina::server
