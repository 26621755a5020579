// Expected failures as values. Bad media, bad input, not found, not allowed: `result<T>`.
// A broken world (disk gone, bug) is an exception instead.
#pragma once
#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace tarina {

/// What kind of failure; one table in server/problem.cpp maps it to an HTTP status.
enum class Errc {
  invalid,             // 400: the input cannot be understood or breaks a rule
  unauthenticated,     // 401
  forbidden,           // 403
  not_found,           // 404: also what must not be known to exist
  conflict,            // 409: state or revision differs from what the caller expected
  gone,                // 410: was here, withdrawn
  precondition_failed, // 412
  too_large,           // 413
  unsupported,         // 415
  rate_limited,        // 429
  unavailable,         // 503
  no_space,            // 507
};

struct Error {
  Errc code = Errc::invalid;
  /// Stable dotted key, translated for people in web/i18n as "error.<key>"; e.g. "upload.too_large".
  std::string key;
  /// Plain English for API clients and logs; never secrets or internals.
  std::string detail;
};

template <class T> using result = boost::system::result<T, Error>;

[[noreturn]] inline void throw_exception_from_error(Error const& e, boost::source_location const&) {
  throw std::runtime_error("unexpected failure: " + e.key + ": " + e.detail);
}

} // namespace tarina
