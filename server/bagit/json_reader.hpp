// Reading JSON that somebody else may have written: every key is asked for, none is left over, and what is wrong is named.
#pragma once
#include "catalog/clock.hpp"
#include <fmt/format.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace tarina::server {

/// One object. Everything throws std::runtime_error with a sentence that begins with where it stands ("title.fi must be a text").
class JsonReader {
public:
  JsonReader(nlohmann::json const& value, std::string where) : value_(value), where_(std::move(where)) {
    if (!value.is_object()) fail("must be an object");
  }

  std::string text(char const* key) { return is(get(key), &nlohmann::json::is_string, key, "a text").get<std::string>(); }
  std::int64_t number(char const* key) {
    auto const& value = get(key);
    // is_number_integer is also true for what only an unsigned number holds.
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))) fail(key, "a whole number");
    return value.get<std::int64_t>();
  }
  bool flag(char const* key) { return is(get(key), &nlohmann::json::is_boolean, key, "true or false").get<bool>(); }
  catalog::Time time(char const* key) {
    auto const time = catalog::from_iso8601(text(key));
    if (!time) fail(key, "a time like 2026-11-23T12:30:00Z");
    return *time;
  }
  std::optional<catalog::Time> maybe_time(char const* key) { return has(key) ? std::optional(time(key)) : std::nullopt; }
  /// False for null as well.
  bool has(char const* key) {
    seen_.insert(key);
    return value_.contains(key) && !value_.at(key).is_null();
  }
  JsonReader object(char const* key) { return {get(key), inside(key)}; }
  std::vector<std::string> texts(char const* key) {
    std::vector<std::string> all;
    for (auto const& one : list(key)) all.push_back(is(one, &nlohmann::json::is_string, key, "a list of texts").get<std::string>());
    return all;
  }
  std::vector<JsonReader> objects(char const* key) {
    std::vector<JsonReader> all;
    for (auto const& one : list(key)) all.emplace_back(one, fmt::format("{}[{}]", inside(key), all.size()));
    return all;
  }
  nlohmann::json const& list(char const* key) { return is(get(key), &nlohmann::json::is_array, key, "a list"); }
  /// Throws when a key is there that nobody asked for: it would be lost.
  void done() const {
    for (auto const& [key, value] : value_.items())
      if (!seen_.contains(key)) fail("has an unknown key \"" + key.substr(0, 60) + "\"");
  }
  [[noreturn]] void fail(std::string const& what) const { throw std::runtime_error(where_.empty() ? what : where_ + " " + what); }
  [[noreturn]] void fail(char const* key, std::string const& what) const { throw std::runtime_error(inside(key) + " must be " + what); }

private:
  std::string inside(char const* key) const { return where_.empty() ? key : where_ + "." + key; }
  nlohmann::json const& get(char const* key) {
    seen_.insert(key);
    auto const found = value_.find(key);
    if (found == value_.end()) throw std::runtime_error(inside(key) + " is missing");
    return *found;
  }
  nlohmann::json const& is(nlohmann::json const& value, bool (nlohmann::json::*kind)() const noexcept, char const* key, char const* what) const {
    if (!(value.*kind)()) fail(key, what);
    return value;
  }

  nlohmann::json const& value_;
  std::string where_;
  std::set<std::string, std::less<>> seen_;
};

} // namespace tarina::server
