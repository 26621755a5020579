// A bounded cache of open descriptors: opening a file costs more than sending a small one.
#pragma once
#include "media/store.hpp"
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace tarina::server {

class OpenFiles {
public:
  using FilePtr = std::shared_ptr<media::OpenFile const>;

  explicit OpenFiles(std::size_t limit) : limit_(limit) {}
  /// The file of `name` if it was kept under this `version`; a newer version empties the cache (withdrawn files must go).
  FilePtr find(std::uint64_t version, std::string const& name);
  void keep(std::uint64_t version, std::string const& name, FilePtr file);
  /// Closes what was kept under an older version; else that waits for the next find or keep.
  void let_go(std::uint64_t version);

private:
  void renew(std::uint64_t version);
  struct Entry {
    std::string name;
    FilePtr file;
  };
  std::mutex mutex_;
  std::size_t limit_;
  std::uint64_t version_ = 0;
  std::list<Entry> recent_; // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_name_;
};

} // namespace tarina::server
