// Bounds on what one connection may ask of us. Tests inject short ones.
#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tarina::server {

struct Limits {
  std::size_t head_bytes = 40 * 1024;         // 431 above
  std::size_t target_bytes = 32 * 1024;       // 414 above; 10,000 bytes of pasted text are a search, percent-encoded too
  std::size_t header_lines = 100;             // 431 above
  std::chrono::milliseconds head_deadline{10'000}; // from the first byte of a head to its last
  std::chrono::milliseconds idle_timeout{60'000};  // between requests
  std::chrono::milliseconds body_stall{30'000};    // longest wait for any byte of a body
  std::int64_t body_rate = 512;               // bytes a second a body must average, after `body_stall` of waiting
  std::chrono::milliseconds write_stall{60'000};   // longest wait for a client to take any byte
  std::int64_t write_rate = 512;              // bytes a second an answer must average, after `write_stall` of waiting
  std::chrono::milliseconds linger{2'000};    // reading on after an early answer, so that the client sees it
  std::uint64_t drain_bytes = 256 * 1024;     // of an unread body, to keep the connection
  unsigned connections_per_address = 256;
};

} // namespace tarina::server
