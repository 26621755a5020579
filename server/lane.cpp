#include "server/lane.hpp"
#include "media/byte_range.hpp"
#include "server/send.hpp"
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/string.hpp>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

namespace tarina::server {
namespace {

using boost::system::error_code;

constexpr std::size_t kept_answers = 512; // of one thread; most hold a descriptor
constexpr std::size_t kept_bytes = 16 * 1024 * 1024;
constexpr std::int64_t sendfile_turn = 4 * 1024 * 1024; // then other connections of the thread get theirs

std::int64_t unix_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec;
}

bool same(std::string_view a, std::string_view b) { return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()}); }

/// The fields that decide about a kept answer; `other` says that one is there which only the general way knows.
struct Wishes {
  std::string_view range, if_range, if_none_match, accept_encoding, scheme;
  bool other = false;
};

Wishes wishes_of(HeadView const& head) {
  Wishes wishes;
  auto once = [&wishes](std::string_view& place, std::string_view value) {
    wishes.other = wishes.other || place.data() != nullptr; // a field said twice
    place = value;
  };
  for (auto const& [name, value] : head.fields) {
    switch (name.size()) {
    case 5: if (same(name, "Range")) once(wishes.range, value); break;
    case 8:
      if (same(name, "If-Range")) once(wishes.if_range, value);
      if (same(name, "If-Match")) wishes.other = true;
      break;
    case 13: if (same(name, "If-None-Match")) once(wishes.if_none_match, value); break;
    case 15: if (same(name, "Accept-Encoding")) once(wishes.accept_encoding, value); break;
    case 17:
      if (same(name, "If-Modified-Since")) wishes.other = true;
      if (same(name, "X-Forwarded-Proto")) once(wishes.scheme, value);
      break;
    case 19: if (same(name, "If-Unmodified-Since")) wishes.other = true; break;
    default: break;
    }
  }
  return wishes;
}

/// The head of a 200 with the date of now.
std::string_view dated_head(KeptAnswer& answer, std::int64_t now) {
  if (answer.shown_second != now) {
    std::memcpy(answer.whole.data() + answer.date_at, date_now().data(), date_now().size());
    answer.shown_second = now;
  }
  return answer.whole;
}

} // namespace

Lane::Lane(SessionContext const& context, std::function<void(ConnectionPtr const&)> ended)
    : context_(context), ended_(std::move(ended)), answers_(kept_answers, kept_bytes) {}

void Lane::serve(ConnectionPtr connection) { wait(std::move(connection)); }

void Lane::wait(ConnectionPtr connection) {
  if (connection->draining() && !connection->fresh()) return end(connection);
  connection->rest();
  auto& socket = connection->socket;
  socket.async_wait(Socket::wait_read, [this, connection = std::move(connection)](error_code error) {
    connection->set_idle(false);
    if (error && !connection->draining()) return connection->fresh() ? end(connection) : leave(connection); // an idle client owes nothing
    read(connection); // while we stop: what has come already is still answered
  });
}

void Lane::read(ConnectionPtr const& connection) {
  auto const n = ::recv(connection->socket.native_handle(), scratch_.data(), scratch_.size(), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR) && !connection->expired()) return wait(connection);
  if (n <= 0) return end(connection);
  connection->set_used();
  take(connection, {scratch_.data(), static_cast<std::size_t>(n)});
}

/// `bytes` lie in the scratch buffer.
void Lane::take(ConnectionPtr const& connection, std::string_view bytes) {
  auto const now = std::chrono::steady_clock::now();
  auto outcome = Outcome::sent;
  while (!bytes.empty() && outcome == Outcome::sent) {
    auto const end_of_head = bytes.find("\r\n\r\n");
    if (end_of_head == std::string_view::npos) {
      outcome = Outcome::not_ours;
    } else {
      auto const head = bytes.substr(0, end_of_head + 4);
      outcome = answer(*connection, head, now);
      if (outcome != Outcome::not_ours) bytes.remove_prefix(head.size());
    }
  }
  if (outcome == Outcome::failed) return end(connection);
  if (!bytes.empty()) {
    auto const room = connection->input.prepare(bytes.size());
    std::memcpy(room.data(), bytes.data(), bytes.size());
    connection->input.commit(bytes.size());
  }
  if (outcome == Outcome::blocked) return wait_for_room(connection);
  if (outcome == Outcome::not_ours) return general(connection);
  wait(connection);
}

Lane::Outcome Lane::answer(Connection& connection, std::string_view head, SteadyTime now) {
  if (!head.starts_with("GET /") || head.size() > context_.limits.head_bytes || connection.draining()) return Outcome::not_ours;
  if (scan_head(head, context_.limits, head_)) return Outcome::not_ours; // the general way says what is wrong
  if (!head_.http11 || !head_.keep_alive || head_.has_body() || !head_.expect.empty()) return Outcome::not_ours;
  auto const wishes = wishes_of(head_);
  if (wishes.other) return Outcome::not_ours;
  auto const second = unix_now();
  auto const kept = answers_.find(context_.version(), connection.peer.is_https(wishes.scheme), head_.target, wishes.accept_encoding, second);
  if (!kept) return Outcome::not_ours;

  if (!wishes.if_none_match.empty()) {
    if (kept->etag.empty() || wishes.if_none_match != kept->etag) return Outcome::not_ours;
    scratch_head_.clear();
    fmt::format_to(std::back_inserter(scratch_head_), "HTTP/1.1 304 Not Modified\r\n{}Date: {}\r\n\r\n", kept->fields, date_now());
    return push(connection, kept, scratch_head_, 0, 0, 304, 0, now);
  }
  bool const partial = kept->file && !wishes.range.empty() && (wishes.if_range.empty() || wishes.if_range == kept->etag);
  if (!wishes.if_range.empty() && !partial && kept->file) return Outcome::not_ours;
  auto const range = partial ? media::resolve_range(wishes.range, kept->size) : media::RangeAnswer(media::WholeRepresentation{});
  if (std::holds_alternative<media::NotSatisfiable>(range)) return Outcome::not_ours;
  if (auto const* part = std::get_if<media::ByteRange>(&range)) {
    scratch_head_.clear();
    fmt::format_to(std::back_inserter(scratch_head_), "HTTP/1.1 206 Partial Content\r\n{}{}Content-Range: bytes {}-{}/{}\r\nContent-Length: {}\r\nDate: {}\r\n\r\n",
                   kept->fields, kept->type_line, part->first, part->first + part->length - 1, kept->size, part->length, date_now());
    if (!kept->in_memory()) return push(connection, kept, scratch_head_, part->first, part->length, 206, part->length, now);
    scratch_head_.append(kept->whole, kept->head_size + static_cast<std::size_t>(part->first), static_cast<std::size_t>(part->length));
    return push(connection, kept, scratch_head_, 0, 0, 206, part->length, now);
  }
  return push(connection, kept, dated_head(*kept, second), 0, kept->in_memory() ? 0 : kept->size, 200, kept->size, now);
}

/// Sends `head`, then `left` bytes of the answer's file from `at`, as far as the socket takes them.
Lane::Outcome Lane::push(Connection& connection, KeptAnswers::Ptr const& answer, std::string_view head, std::int64_t at, std::int64_t left,
                         unsigned status, std::int64_t bytes, SteadyTime now) {
  auto const socket = connection.socket.native_handle();
  wide_.prepare(connection, left);
  std::int64_t turn = sendfile_turn;
  std::uint64_t moved = 0;
  bool blocked = false;
  while (!blocked && (!head.empty() || (left > 0 && turn > 0))) { // a whole turn taken: as if blocked, for the others' sake
    ssize_t n = 0;
    if (!head.empty()) {
      n = ::send(socket, head.data(), head.size(), MSG_NOSIGNAL | MSG_DONTWAIT | (left > 0 ? MSG_MORE : 0));
      if (n > 0) head.remove_prefix(static_cast<std::size_t>(n));
    } else {
      off_t from = at;
      n = ::sendfile(socket, answer->file->fd(), &from, static_cast<std::size_t>(std::min(left, turn)));
      if (n == 0) return Outcome::failed; // the file is shorter than it was when it was opened
      if (n > 0) at += n, left -= n, turn -= n;
    }
    if (n > 0) moved += static_cast<std::uint64_t>(n);
    if (n < 0 && errno != EAGAIN && errno != EINTR) return Outcome::failed;
    blocked = n < 0 && errno == EAGAIN;
  }
  auto& outgoing = connection.outgoing;
  if (head.empty() && left == 0) {
    tally_.count(answer->route, status, static_cast<std::uint64_t>(bytes), std::chrono::steady_clock::now() - (outgoing ? outgoing->began : now));
    outgoing.reset();
    return Outcome::sent;
  }
  if (!outgoing) {
    Pace const pace(context_.limits.write_stall, context_.limits.write_rate);
    outgoing = std::make_unique<Outgoing>(Outgoing{answer, {}, 0, 0, status, bytes, now, pace});
  }
  outgoing->pace.moved(moved);
  outgoing->rest = std::string(head);
  outgoing->at = at;
  outgoing->left = left;
  return Outcome::blocked;
}

void Lane::wait_for_room(ConnectionPtr connection) {
  auto const began = std::chrono::steady_clock::now();
  connection->expect_within(connection->outgoing->pace.left());
  auto& socket = connection->socket;
  socket.async_wait(Socket::wait_write, [this, began, connection = std::move(connection)](error_code error) {
    connection->expect_nothing();
    if (error) return end(connection);
    connection->outgoing->pace.waited(std::chrono::steady_clock::now() - began);
    go_on(connection);
  });
}

void Lane::go_on(ConnectionPtr const& connection) {
  auto const answer = connection->outgoing->answer;
  auto const rest = std::move(connection->outgoing->rest);
  auto const& out = *connection->outgoing;
  switch (push(*connection, answer, rest, out.at, out.left, out.status, out.bytes, out.began)) {
  case Outcome::blocked: return wait_for_room(connection);
  case Outcome::sent: break;
  default: return end(connection);
  }
  // Requests that came meanwhile
  auto const more = std::min(connection->input.size(), scratch_.size());
  if (more == 0) return wait(connection);
  std::memcpy(scratch_.data(), connection->input.data().data(), more);
  connection->input.consume(more);
  take(connection, {scratch_.data(), more});
}

void Lane::general(ConnectionPtr connection) {
  auto executor = connection->socket.get_executor();
  auto& ours = *connection;
  asio::co_spawn(executor, serve_requests(ours, context_, answers_), [this, connection = std::move(connection)](std::exception_ptr, bool idle) {
    if (idle) return wait(connection);
    end(connection);
  });
}

void Lane::end(ConnectionPtr const& connection) {
  if (connection->expired()) ++context_.metrics.deadlines_missed;
  leave(connection);
}

void Lane::leave(ConnectionPtr const& connection) {
  if (wide_.release(connection)) close(connection);
}

void Lane::close(ConnectionPtr const& connection) {
  connection->close();
  ended_(connection);
}

void Lane::sweep(SteadyTime now) {
  answers_.renew(context_.version()); // an erased film's bytes are free only once nobody holds them open
  context_.metrics.add(tally_);
  wide_.sweep(now, [this](ConnectionPtr const& connection, bool slow) {
    context_.metrics.deadlines_missed += slow;
    close(connection);
  });
}

} // namespace tarina::server
