#include "server/shown_once.hpp"
#include "catalog/ids.hpp"

namespace tarina::server {

namespace {

constexpr std::chrono::minutes lifetime{5}; // a redirect is followed at once; this covers a slow line
constexpr std::size_t most = 1000;

} // namespace

void ShownOnce::drop_old() {
  auto const now = Clock::now();
  std::erase_if(kept_, [now](auto const& each) { return each.second.until <= now; });
  while (kept_.size() >= most) kept_.erase(kept_.begin());
}

std::string ShownOnce::keep(std::string const& person, nlohmann::json value) {
  auto key = catalog::random_id(32);
  std::scoped_lock const lock(mutex_);
  drop_old();
  kept_.insert_or_assign(key, Kept{person, std::move(value), Clock::now() + lifetime});
  return key;
}

nlohmann::json ShownOnce::take(std::string const& person, std::string const& key) {
  std::scoped_lock const lock(mutex_);
  auto const found = kept_.find(key);
  if (found == kept_.end() || found->second.person != person) return nullptr;
  auto kept = std::move(found->second);
  kept_.erase(found);
  return kept.until > Clock::now() ? std::move(kept.value) : nlohmann::json();
}

} // namespace tarina::server
