// One commented JSONC file; every key also works unset. deploy/tarina.jsonc shows them all (a test demands it).
#pragma once
#include "media/profile.hpp"
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tarina::server {

struct Config {
  std::filesystem::path data = "data";      // catalog, search, media, secrets
  std::filesystem::path web = "web";        // pages/, parts/, i18n/, dist/
  std::string listen = "127.0.0.1";         // address to bind
  std::uint16_t port = 8080;                // 0: any free port, printed at start
  std::string tls_certificate, tls_key;     // PEM files; with both, HTTPS is spoken at the next two
  std::string tls_listen = "127.0.0.1";
  std::uint16_t tls_port = 8443;            // 0: any free port
  std::string base_url;                     // "https://tarina.example.fi"; empty: from the Host header
  std::string contact_email;                // of who answers for the catalog, told to harvesters; empty: postmaster of the site
  std::string organization;                 // who keeps the archive, told in exported bags; empty: the story's institution
  std::vector<std::string> trusted_proxies; // addresses whose X-Forwarded-For and X-Forwarded-Proto count
  unsigned io_threads = 0;                  // 0: one a core
  unsigned connections_per_address = 256;   // from one address at a time (proxies excepted)
  std::int64_t upload_max_bytes = std::int64_t{8} << 30;   // 413 above
  std::int64_t disk_floor_bytes = std::int64_t{2} << 30;   // 507 when an upload would leave less
  std::vector<std::string> upload_origins;  // "https://www.college.example.fi": whose pages may send videos here
  std::chrono::hours upload_lifetime{72};   // an unfinished upload is swept after so long without progress
  std::chrono::seconds lease{60};           // a worker's lease of one task
  media::Profile profile;                   // processor time against bytes, and codecs beside H.264, for new uploads
  std::chrono::seconds header_deadline{10}; // for a whole request head
  std::chrono::seconds idle_timeout{60};    // keep-alive
  std::chrono::seconds drain_deadline{20};  // graceful stop
  int fixity_hour = 2;                      // local time from which a night's verification of all files may begin
  std::int64_t fixity_bytes_per_second = std::int64_t{20} << 20; // how fast it reads; 0: no nightly verification
  std::string finnish_dictionary;           // a further folder with Voikko dictionaries; "none": search Finnish by Snowball's stems
  std::string log_format = "text";          // or "json", one object a line
  std::string log_level = "info";
};

/// Reads JSONC text. Throws std::runtime_error naming the key that is unknown or of a wrong type.
Config parse_config(std::string_view text);
/// Keys with another value in `after`, by name; one left out differs from one that is written. Throws as parse_config.
std::vector<std::string> changed_keys(std::string_view before, std::string_view after);
/// The names of all keys, for the test that compares them with the shipped example.
std::vector<std::string> config_keys();

} // namespace tarina::server
