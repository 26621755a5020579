// A whole server in a temporary folder, and the short ways tests need to reach a story in any state.
#pragma once
#include "../media/temp_folder.hpp"
#include "catalog/catalog.hpp"
#include "media/store.hpp"
#include "server/digest.hpp"
#include "server/listener.hpp"
#include "server/service.hpp"
#include "wire.hpp"
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>
#include <spdlog/spdlog.h>

namespace fixture {

using namespace tarina;
namespace fs = std::filesystem;

/// web/ with the repository's templates and texts, and a dist/ of its own, so that no web build is needed.
inline void make_web(fs::path const& web) {
  fs::create_directories(web / "dist");
  for (auto const* name : {"pages", "parts", "i18n"}) fs::create_symlink(fs::path(tarina_source_dir) / "web" / name, web / name);
  std::ofstream(web / "dist" / "manifest.json") << "{}";
  std::ofstream(web / "dist" / "icons.json") << "{}";
  std::ofstream(web / "dist" / "site-ABCDEFGH.js") << "// " << std::string(4000, 'x') << "\n";
  std::ofstream(web / "dist" / "plain.txt") << "plain\n";
}

struct Site {
  explicit Site(std::function<void(server::Config&)> adjust = {}, server::Limits limits = {}) {
    spdlog::set_level(spdlog::level::off);
    make_web(folder.path() / "web");
    config.data = folder.path() / "data";
    config.web = folder.path() / "web";
    config.port = 0;
    config.disk_floor_bytes = 0;
    config.drain_deadline = std::chrono::seconds(5);
    config.log_level = "off";
    if (adjust) adjust(config);
    bounds = limits;
    start();
  }
  void start() {
    auto lease_clock = [this] { return catalog::steady_clock()() + skipped.load(); };
    service = std::make_unique<server::Service>(config, bounds, lease_clock);
    service->start();
  }
  void restart() {
    service.reset();
    start();
  }
  std::uint16_t port() const { return service->port(); }
  catalog::Catalog& catalog() { return service->catalog(); }
  media::MediaStore& store() { return service->app().store; }

  /// A draft whose teller agreed to everything.
  std::string make_story() {
    catalog::StoryDetails details;
    details.institution = catalog().vocabulary()->institutions.front().code;
    details.title.fi = "Näin minusta tuli lähihoitaja";
    details.fields = {catalog().vocabulary()->fields.front().code};
    details.languages = {"fi"};
    details.captions_exemption = "music only";
    auto const story = catalog().create_story(catalog::Actor::system(), details).value();
    catalog::NewConsent consent;
    consent.uses = {.watch = true, .class_download = true, .embed = true, .feeds = true};
    consent.text_version = "1";
    consent.text_hash = std::string(64, 'a');
    consent.language = "fi";
    auto const given = catalog().give_consent(catalog::Actor::system(), story.id, consent);
    REQUIRE(given);
    return story.id;
  }
  std::string mine_token(std::string const& story) { return catalog().issue_mine_token(catalog::Actor::system(), story).value(); }
  std::string worker_token() const {
    std::ifstream in(config.data / "secrets" / "worker-token");
    std::string token;
    std::getline(in, token);
    return token;
  }

  TempFolder folder;
  server::Config config;
  server::Limits bounds;
  std::atomic<std::chrono::milliseconds> skipped{std::chrono::milliseconds(0)}; // puts the clock of leases forward
  std::unique_ptr<server::Service> service;
};

inline std::string base64(std::string_view text) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    unsigned const bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += digits[bits >> 18];
    out += digits[bits >> 12 & 63];
    out += i + 1 < text.size() ? digits[bits >> 6 & 63] : '=';
    out += i + 2 < text.size() ? digits[bits & 63] : '=';
  }
  return out;
}

/// Creates an upload and gives its path.
inline std::string create_upload(std::uint16_t port, std::string const& mine, std::size_t size) {
  auto const answer = fetch(port, "POST", "/api/v1/uploads", "Tus-Resumable: 1.0.0\r\nUpload-Length: " + std::to_string(size) + "\r\nUpload-Metadata: filename " +
                                                               base64("oma video.mp4") + ",mine " + base64(mine) + "\r\n");
  REQUIRE(answer.status == 201);
  return answer.headers.at("location");
}

inline Answer tus(std::uint16_t port, std::string_view method, std::string_view path, std::string const& headers = "", std::string_view body = "") {
  return fetch(port, method, path, "Tus-Resumable: 1.0.0\r\n" + headers, body);
}

inline Answer patch(std::uint16_t port, std::string const& path, std::size_t offset, std::string_view body) {
  return tus(port, "PATCH", path, "Content-Type: application/offset+octet-stream\r\nUpload-Offset: " + std::to_string(offset) + "\r\n", body);
}

} // namespace fixture
