#include "transcode/outputs.hpp"
#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace tarina::transcode {
namespace {

void write_all(int fd, char const* data, std::size_t size) {
  while (size > 0) {
    auto const count = ::write(fd, data, size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw std::system_error(errno, std::generic_category(), "writing an output");
    data += count;
    size -= static_cast<std::size_t>(count);
  }
}

} // namespace

void Outputs::send(MessageHead head, std::string_view payload) {
  head.size = static_cast<std::int64_t>(payload.size());
  std::lock_guard const lock(mutex_);
  write_all(fd_, reinterpret_cast<char const*>(&head), sizeof head);
  write_all(fd_, payload.data(), payload.size());
}

void Outputs::send(MessageKind kind, nlohmann::json const& payload) {
  MessageHead head;
  head.kind = kind;
  send(head, payload.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Outputs::progress(double share) {
  auto const millionths = static_cast<std::int64_t>(share * 1e6);
  if (millionths == last_progress_) return;
  last_progress_ = millionths;
  MessageHead head;
  head.kind = MessageKind::progress;
  head.start = millionths;
  send(head);
}

} // namespace tarina::transcode
