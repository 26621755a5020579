// What words find over the public API; and a machine without libvoikko's dictionary, which says that it finds less.
#include "worker_fixture.hpp"
#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>

using namespace fixture;

namespace {

/// What the program logs while this lives.
class Log {
public:
  Log() : before_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  ~Log() { spdlog::set_default_logger(before_); }
  std::string text() const { return text_.str(); }

private:
  std::shared_ptr<spdlog::logger> before_;
  std::ostringstream text_;
};

nlohmann::json health(Site const& site) { return nlohmann::json::parse(fetch(site.port(), "GET", "/healthz").body); }

} // namespace

TEST_CASE("without a dictionary Finnish is searched by stems, and the log and /healthz say so") {
  Site site([](server::Config& config) { config.finnish_dictionary = "none"; });
  {
    Log const log;
    spdlog::set_level(spdlog::level::info);
    site.restart();
    spdlog::set_level(spdlog::level::off);
    CHECK(log.text().find("Finnish runs on stems") != std::string::npos);
    CHECK(log.text().find("snowball finnish") != std::string::npos);
  }
  auto const answer = health(site);
  CHECK(answer["status"] == "ok");
  CHECK(answer["search"]["finnish"] == "stems");
  CHECK(answer["search"]["analyser"].get<std::string>().find("turned off") != std::string::npos);
  published_story(site);
  auto const found = fetch(site.port(), "GET", "/api/v1/stories?q=l%C3%A4hihoitaja");
  CHECK(found.status == 200);
  CHECK(nlohmann::json::parse(found.body)["total"] == 1); // "Lähihoitajaksi" has the same stem
}

TEST_CASE("with a dictionary /healthz names it") {
  Site site;
  auto const answer = health(site);
  if (!site.catalog().search_index().has_dictionary()) {
    WARN("no Finnish dictionary here");
    return;
  }
  CHECK(answer["search"]["finnish"] == "dictionary");
  CHECK(answer["search"]["analyser"].get<std::string>().find("voikko") != std::string::npos);
}

TEST_CASE("an occupation's name in another language finds a Finnish title over the API") {
  Site site;
  published_story(site); // "Näin minusta tuli lähihoitaja"
  for (auto const* text : {"practical%20nurse", "Practical%20nurses", "n%C3%A4rv%C3%A5rdare", "n%C3%A4rv%C3%A5rdaren", "l%C3%A4hihoitajat"}) {
    CAPTURE(text);
    CHECK(nlohmann::json::parse(fetch(site.port(), "GET", std::string("/api/v1/stories?q=") + text).body)["total"] == 1);
  }
  CHECK(nlohmann::json::parse(fetch(site.port(), "GET", "/api/v1/stories?q=car%20painter").body)["total"] == 0);
}
