// What a page shows one time after a form was sent: links whose secret the catalog keeps only as a hash. The form answers
// with a redirect (RFC 9110, 15.4.4), so that a reload asks for the page again and does not make another link.
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

namespace tarina::server {

class ShownOnce {
public:
  using Clock = std::chrono::steady_clock;

  /// Keeps `value` for its person; gives the unguessable key to put into the address.
  std::string keep(std::string const& person, nlohmann::json value);
  /// Gives it to the same person once; null for a key that is unknown, used, old or somebody else's.
  nlohmann::json take(std::string const& person, std::string const& key);

private:
  struct Kept {
    std::string person;
    nlohmann::json value;
    Clock::time_point until;
  };
  void drop_old();

  std::mutex mutex_;
  std::map<std::string, Kept> kept_; // in memory alone: secrets are not written down
};

} // namespace tarina::server
