// Landlock without a rule: every access to the file system is denied, and with newer kernels TCP, abstract sockets and
// signals to others too. Raw system calls, because Debian 12 has neither a wrapper nor the newer constants.
#include "transcode/sandbox.hpp"
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sys/syscall.h>
#include <unistd.h>

namespace tarina::transcode {
namespace {

// linux/landlock.h; numbers are the same on every architecture.
constexpr long create_ruleset = 444, restrict_self = 446;
constexpr unsigned version_flag = 1;
struct RulesetAttributes {
  std::uint64_t file_system = 0; // ABI 1
  std::uint64_t network = 0;     // ABI 4
  std::uint64_t scopes = 0;      // ABI 6
};

std::uint64_t file_system_rights(long abi) {
  if (abi >= 5) return (1ULL << 16) - 1; // and ioctl on devices
  if (abi >= 3) return (1ULL << 15) - 1; // and truncate
  if (abi >= 2) return (1ULL << 14) - 1; // and refer
  return (1ULL << 13) - 1;
}

} // namespace

std::string apply_landlock() {
  auto const abi = ::syscall(create_ruleset, nullptr, 0, version_flag);
  if (abi < 1) return std::string("the kernel has no Landlock (") + std::strerror(errno) + ")";
  RulesetAttributes attributes{.file_system = file_system_rights(abi), .network = abi >= 4 ? 3ULL : 0, .scopes = abi >= 6 ? 3ULL : 0};
  // A kernel accepts the size it knows; larger ones only when the rest is zero.
  std::size_t const size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
  auto const ruleset = static_cast<int>(::syscall(create_ruleset, &attributes, size, 0));
  if (ruleset < 0) return std::string("Landlock ruleset: ") + std::strerror(errno);
  auto const restricted = ::syscall(restrict_self, ruleset, 0);
  auto const error = errno;
  ::close(ruleset);
  return restricted == 0 ? std::string() : std::string("Landlock: ") + std::strerror(error);
}

} // namespace tarina::transcode
