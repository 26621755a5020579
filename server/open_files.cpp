#include "server/open_files.hpp"

namespace tarina::server {

void OpenFiles::renew(std::uint64_t version) {
  if (version <= version_) return;
  version_ = version;
  by_name_.clear();
  recent_.clear();
}

void OpenFiles::let_go(std::uint64_t version) {
  std::lock_guard lock(mutex_);
  renew(version);
}

OpenFiles::FilePtr OpenFiles::find(std::uint64_t version, std::string const& name) {
  std::lock_guard lock(mutex_);
  renew(version);
  auto const found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->file;
}

void OpenFiles::keep(std::uint64_t version, std::string const& name, FilePtr file) {
  std::lock_guard lock(mutex_);
  renew(version);
  if (version < version_ || by_name_.contains(name)) return; // opened before something was withdrawn
  recent_.push_front({name, std::move(file)});
  by_name_[name] = recent_.begin();
  if (recent_.size() > limit_) {
    by_name_.erase(recent_.back().name);
    recent_.pop_back();
  }
}

} // namespace tarina::server
