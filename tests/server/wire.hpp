// A client that says exactly the bytes a test wants said. Waits are bounded far above what a working server needs.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

struct Answer {
  int status = 0; // 0: the connection closed before an answer came
  std::map<std::string, std::string> headers; // names in lower case
  std::string body;
  bool whole = false; // the body came to its announced end
  std::string const& operator[](std::string const& name) const;
  bool has(std::string const& name) const { return headers.contains(name); }
};

class Wire {
public:
  explicit Wire(std::uint16_t port);
  ~Wire();
  Wire(Wire const&) = delete;

  /// False when the server closed meanwhile.
  bool send(std::string_view bytes);
  /// The next answer; `head` means that no body follows.
  Answer read(bool head = false);
  /// Sends, then reads. HEAD requests are noticed.
  Answer ask(std::string_view bytes);
  /// True when the server ends the connection and sends nothing more.
  bool closes();
  /// Reads what is there for a download in progress, at most `limit` bytes; empty at the end.
  std::string read_bytes(std::size_t limit);
  /// Says that no more bytes come, and still reads.
  void finish_sending();
  /// Drops the connection as a lost network does: no farewell, RST.
  void vanish();
  void shrink_receive_buffer(int bytes);

private:
  bool fill();
  int fd_ = -1;
  std::string buffer_;
};

/// One request on a fresh connection. `headers` in full lines.
Answer fetch(std::uint16_t port, std::string_view method, std::string_view target, std::string_view headers = "", std::string_view body = "");
