#include "server/config.hpp"
#include <fmt/format.h>
#include <functional>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace tarina::server {
namespace {

using Json = nlohmann::json;
using Setter = std::function<void(Config&, Json const&)>;

template <class T> T number(Json const& value, std::int64_t least, std::int64_t most = std::numeric_limits<T>::max()) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most)
    throw std::runtime_error(fmt::format("must be a whole number from {} to {}", least, most));
  return static_cast<T>(value.get<std::int64_t>());
}

std::string text(Json const& value) {
  if (!value.is_string()) throw std::runtime_error("must be a text");
  return value.get<std::string>();
}

std::string origin(Json const& value) {
  auto url = text(value);
  if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://"))
    throw std::runtime_error("must start with http:// or https://");
  while (url.ends_with('/')) url.pop_back();
  return url;
}

std::string email(Json const& value) {
  auto const address = text(value);
  auto const at = address.find('@');
  bool const sound = at != std::string::npos && at > 0 && address.find('.', at) != std::string::npos && !address.ends_with('.') && address.find_first_of(" \t\r\n") == std::string::npos;
  if (!address.empty() && !sound) throw std::runtime_error("must be an e-mail address");
  return address;
}

std::map<std::string, Setter, std::less<>> const& setters() {
  static std::map<std::string, Setter, std::less<>> const all{
      {"data", [](Config& c, Json const& v) { c.data = text(v); }},
      {"web", [](Config& c, Json const& v) { c.web = text(v); }},
      {"listen", [](Config& c, Json const& v) { c.listen = text(v); }},
      {"port", [](Config& c, Json const& v) { c.port = number<std::uint16_t>(v, 0); }},
      {"tls_certificate", [](Config& c, Json const& v) { c.tls_certificate = text(v); }},
      {"tls_key", [](Config& c, Json const& v) { c.tls_key = text(v); }},
      {"tls_listen", [](Config& c, Json const& v) { c.tls_listen = text(v); }},
      {"tls_port", [](Config& c, Json const& v) { c.tls_port = number<std::uint16_t>(v, 0); }},
      {"base_url", [](Config& c, Json const& v) { c.base_url = origin(v); }},
      {"contact_email", [](Config& c, Json const& v) { c.contact_email = email(v); }},
      {"organization", [](Config& c, Json const& v) { c.organization = text(v); }},
      {"trusted_proxies",
       [](Config& c, Json const& v) {
         if (!v.is_array()) throw std::runtime_error("must be a list of addresses");
         c.trusted_proxies.clear();
         for (auto const& address : v) c.trusted_proxies.push_back(text(address));
       }},
      {"io_threads", [](Config& c, Json const& v) { c.io_threads = number<unsigned>(v, 0, 256); }},
      {"connections_per_address", [](Config& c, Json const& v) { c.connections_per_address = number<unsigned>(v, 1); }},
      {"upload_max_bytes", [](Config& c, Json const& v) { c.upload_max_bytes = number<std::int64_t>(v, 1); }},
      {"disk_floor_bytes", [](Config& c, Json const& v) { c.disk_floor_bytes = number<std::int64_t>(v, 0); }},
      {"upload_origins",
       [](Config& c, Json const& v) {
         if (!v.is_array()) throw std::runtime_error("must be a list of origins");
         c.upload_origins.clear();
         for (auto const& one : v) c.upload_origins.push_back(origin(one));
       }},
      {"upload_lifetime_hours", [](Config& c, Json const& v) { c.upload_lifetime = std::chrono::hours(number<int>(v, 1, 24 * 365)); }},
      {"lease_seconds", [](Config& c, Json const& v) { c.lease = std::chrono::seconds(number<int>(v, 1, 3600)); }},
      {"transcode_profile",
       [](Config& c, Json const& v) {
         auto const effort = media::find_effort(text(v));
         if (!effort) throw std::runtime_error("must be fast, balanced or small");
         c.profile.effort = *effort;
       }},
      {"further_codecs",
       [](Config& c, Json const& v) {
         if (!v.is_array()) throw std::runtime_error("must be a list of codecs");
         c.profile.beside.clear();
         for (auto const& name : v) {
           auto const codec = media::find_codec(text(name));
           if (!codec || codec == media::VideoCodec::h264) throw std::runtime_error("may name av1 and hevc");
           if (std::find(c.profile.beside.begin(), c.profile.beside.end(), *codec) != c.profile.beside.end()) throw std::runtime_error("names a codec twice");
           c.profile.beside.push_back(*codec);
         }
       }},
      {"header_deadline_seconds", [](Config& c, Json const& v) { c.header_deadline = std::chrono::seconds(number<int>(v, 1, 600)); }},
      {"idle_timeout_seconds", [](Config& c, Json const& v) { c.idle_timeout = std::chrono::seconds(number<int>(v, 1, 3600)); }},
      {"drain_deadline_seconds", [](Config& c, Json const& v) { c.drain_deadline = std::chrono::seconds(number<int>(v, 0, 3600)); }},
      {"fixity_hour", [](Config& c, Json const& v) { c.fixity_hour = number<int>(v, 0, 23); }},
      {"fixity_mib_per_second", [](Config& c, Json const& v) { c.fixity_bytes_per_second = number<std::int64_t>(v, 0, 100'000) << 20; }},
      {"finnish_dictionary", [](Config& c, Json const& v) { c.finnish_dictionary = text(v); }},
      {"log_format",
       [](Config& c, Json const& v) {
         c.log_format = text(v);
         if (c.log_format != "text" && c.log_format != "json") throw std::runtime_error("must be text or json");
       }},
      {"log_level",
       [](Config& c, Json const& v) {
         c.log_level = text(v);
         for (auto const* known : {"debug", "info", "warn", "error", "off"})
           if (c.log_level == known) return;
         throw std::runtime_error("must be debug, info, warn, error or off");
       }},
  };
  return all;
}

Json read_object(std::string_view jsonc) {
  Json parsed;
  try {
    parsed = Json::parse(jsonc, nullptr, true, true);
  } catch (Json::parse_error const& failure) {
    throw std::runtime_error(fmt::format("the configuration is not JSON with comments: {}", failure.what()));
  }
  if (!parsed.is_object()) throw std::runtime_error("the configuration must be one JSON object");
  return parsed;
}

} // namespace

std::vector<std::string> changed_keys(std::string_view before, std::string_view after) {
  auto const old_keys = read_object(before), new_keys = read_object(after);
  std::vector<std::string> changed;
  for (auto const& key : config_keys())
    if (old_keys.value(key, Json()) != new_keys.value(key, Json())) changed.push_back(key);
  return changed;
}

Config parse_config(std::string_view jsonc) {
  auto const parsed = read_object(jsonc);
  Config config;
  for (auto const& [key, value] : parsed.items()) {
    auto const setter = setters().find(key);
    if (setter == setters().end()) throw std::runtime_error(fmt::format("the configuration has an unknown key \"{}\"", key));
    try {
      setter->second(config, value);
    } catch (std::exception const& failure) {
      throw std::runtime_error(fmt::format("the configuration's key \"{}\" {}", key, failure.what()));
    }
  }
  if (config.tls_certificate.empty() != config.tls_key.empty())
    throw std::runtime_error("the configuration needs \"tls_certificate\" and \"tls_key\" together, or neither");
  return config;
}

std::vector<std::string> config_keys() {
  std::vector<std::string> keys;
  for (auto const& [key, setter] : setters()) keys.push_back(key);
  return keys;
}

} // namespace tarina::server
