#include "wire.hpp"
#include <arpa/inet.h>
#include <cctype>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace {
constexpr int patience_ms = 30'000;

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}
} // namespace

std::string const& Answer::operator[](std::string const& name) const {
  static std::string const none;
  auto const found = headers.find(name);
  return found == headers.end() ? none : found->second;
}

Wire::Wire(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    ::close(fd_);
    throw std::runtime_error("no connection");
  }
  int const on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Wire::~Wire() {
  if (fd_ >= 0) ::close(fd_);
}

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd ready{fd_, POLLOUT, 0};
    if (::poll(&ready, 1, patience_ms) <= 0) throw std::runtime_error("the server takes no bytes");
    auto const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool Wire::fill() {
  pollfd ready{fd_, POLLIN, 0};
  if (::poll(&ready, 1, patience_ms) <= 0) throw std::runtime_error("the server does not answer");
  char bytes[65536];
  auto const n = ::recv(fd_, bytes, sizeof bytes, 0);
  if (n <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(n));
  return true;
}

Answer Wire::read(bool head) {
  Answer answer;
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
    if (!fill()) return answer;
  auto lines = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  answer.status = std::stoi(lines.substr(9, 3));
  lines.erase(0, lines.find("\r\n") + 2);
  while (!lines.empty()) {
    auto const line = lines.substr(0, lines.find("\r\n"));
    lines.erase(0, line.size() + 2);
    auto const colon = line.find(':');
    answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  bool const bodiless = head || answer.status == 204 || answer.status == 304 || answer.status < 200;
  auto const length = bodiless || !answer.has("content-length") ? 0 : std::stoull(answer["content-length"]);
  while (buffer_.size() < length)
    if (!fill()) break;
  answer.whole = buffer_.size() >= length;
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

Answer Wire::ask(std::string_view bytes) {
  send(bytes);
  return read(bytes.starts_with("HEAD "));
}

bool Wire::closes() {
  while (fill()) {
  }
  return buffer_.empty();
}

std::string Wire::read_bytes(std::size_t limit) {
  if (buffer_.empty() && !fill()) return {};
  auto part = buffer_.substr(0, limit);
  buffer_.erase(0, part.size());
  return part;
}

void Wire::finish_sending() { ::shutdown(fd_, SHUT_WR); }

void Wire::vanish() {
  linger const at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(fd_);
  fd_ = -1;
}

void Wire::shrink_receive_buffer(int bytes) { ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); }

Answer fetch(std::uint16_t port, std::string_view method, std::string_view target, std::string_view headers, std::string_view body) {
  Wire wire(port);
  std::string text(method);
  text += " ";
  text += target;
  text += " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
  text += headers;
  if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  return wire.ask(text);
}
