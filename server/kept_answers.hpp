// Answers of one thread that are given again without asking anybody: their heads written, their files open. What makes
// segments cheap is that nothing is allocated, locked, looked up elsewhere or formatted when one is asked for again.
#pragma once
#include "server/compress.hpp"
#include "server/response.hpp"
#include <list>
#include <unordered_map>

namespace tarina::server {

struct KeptAnswer {
  std::string whole;            // the 200: head, and the body too when it is small or text
  std::size_t head_size = 0;    // of `whole`
  std::size_t date_at = 0;      // in `whole`
  std::int64_t shown_second = 0;
  std::string fields;           // header lines of every status: all but type, date and lengths
  std::string type_line;
  std::string etag;
  std::string route;            // for the figures
  std::shared_ptr<media::OpenFile const> file; // null for text
  std::int64_t size = 0;        // of the body
  std::int64_t until = 0;       // Unix seconds

  bool in_memory() const { return whole.size() > head_size || size == 0; }
};

class KeptAnswers {
public:
  using Ptr = std::shared_ptr<KeptAnswer>;
  KeptAnswers(std::size_t count_limit, std::size_t byte_limit) : count_limit_(count_limit), byte_limit_(byte_limit) {}

  /// What was kept for `target` as asked for, or null. `version`: of access, now. A newer one empties everything.
  Ptr find(std::uint64_t version, bool https, std::string_view target, std::string_view accept_encoding, std::int64_t now);
  /// Keeps a 200 that says it may be repeated, before ranges and conditions change it. Text: as it was coded for this client.
  void keep(Request const& request, Response const& response, std::uint64_t version);
  /// Empties everything when the version is a newer one.
  void renew(std::uint64_t version);

private:
  struct Entry {
    std::string key;
    Ptr answer;
    std::size_t bytes;
  };
  Ptr find_key(std::string_view key, std::int64_t now);
  void erase(std::list<Entry>::iterator entry);

  std::size_t count_limit_, byte_limit_;
  std::size_t bytes_ = 0;
  std::uint64_t version_ = 0;
  std::list<Entry> recent_; // most recently used first
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;
};

} // namespace tarina::server
