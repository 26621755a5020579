#include "server/config.hpp"
#include "server/url.hpp"
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

using namespace tarina::server;

namespace {
std::string shipped() {
  std::ifstream in(std::filesystem::path(tarina_source_dir) / "deploy/tarina.jsonc");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}
} // namespace

TEST_CASE("the shipped configuration shows every key and no other, with the values that hold unset") {
  auto const json = nlohmann::json::parse(shipped(), nullptr, true, true);
  std::vector<std::string> shown;
  for (auto const& [key, value] : json.items()) shown.push_back(key);
  CHECK(shown == config_keys()); // both in alphabetical order
  auto const config = parse_config(shipped());
  Config const unset;
  CHECK(config.data == unset.data);
  CHECK(config.web == unset.web);
  CHECK(config.listen == unset.listen);
  CHECK(config.port == unset.port);
  CHECK(config.tls_certificate == unset.tls_certificate);
  CHECK(config.tls_listen == unset.tls_listen);
  CHECK(config.tls_port == unset.tls_port);
  CHECK(config.upload_max_bytes == unset.upload_max_bytes);
  CHECK(config.disk_floor_bytes == unset.disk_floor_bytes);
  CHECK(config.upload_lifetime == unset.upload_lifetime);
  CHECK(config.lease == unset.lease);
  CHECK(config.header_deadline == unset.header_deadline);
  CHECK(config.idle_timeout == unset.idle_timeout);
  CHECK(config.drain_deadline == unset.drain_deadline);
  CHECK(config.connections_per_address == unset.connections_per_address);
  CHECK(config.log_level == unset.log_level);
}

TEST_CASE("a configuration that is wrong names what is wrong") {
  using Catch::Contains;
  CHECK_THROWS_WITH(parse_config(R"({"prot": 80})"), Contains("unknown key \"prot\""));
  CHECK_THROWS_WITH(parse_config(R"({"port": "80"})"), Contains("\"port\" must be a whole number"));
  CHECK_THROWS_WITH(parse_config(R"({"port": 70000})"), Contains("\"port\""));
  CHECK_THROWS_WITH(parse_config(R"({"lease_seconds": 0})"), Contains("\"lease_seconds\""));
  CHECK_THROWS_WITH(parse_config(R"({"transcode_profile": "huge"})"), Contains("\"transcode_profile\""));
  CHECK(parse_config(R"({"transcode_profile": "small"})").profile.effort == tarina::media::Effort::small);
  CHECK(parse_config(R"({"further_codecs": ["av1"]})").profile.beside == std::vector{tarina::media::VideoCodec::av1});
  CHECK_THROWS_WITH(parse_config(R"({"further_codecs": ["h264"]})"), Contains("\"further_codecs\""));
  CHECK_THROWS_WITH(parse_config(R"({"further_codecs": ["av1", "av1"]})"), Contains("\"further_codecs\""));
  CHECK_THROWS_WITH(parse_config(R"({"log_level": "loud"})"), Contains("\"log_level\""));
  CHECK_THROWS_WITH(parse_config(R"({"base_url": "tarina.fi"})"), Contains("\"base_url\""));
  CHECK_THROWS_WITH(parse_config(R"({"tls_certificate": "a.pem"})"), Contains("\"tls_key\" together"));
  CHECK_THROWS_WITH(parse_config(R"({"trusted_proxies": "127.0.0.1"})"), Contains("\"trusted_proxies\""));
  CHECK_THROWS(parse_config("[]"));
  CHECK_THROWS(parse_config("{"));
  auto const config = parse_config("{ // comment\n \"port\": 0, \"base_url\": \"https://a.fi/\", \"trusted_proxies\": [\"10.0.0.1\"] }");
  CHECK(config.port == 0);
  CHECK(config.base_url == "https://a.fi");
  CHECK(config.trusted_proxies == std::vector<std::string>{"10.0.0.1"});
}

TEST_CASE("percent-encoding refuses what is broken and round-trips what is not") {
  CHECK(percent_decode("a%20b%C3%A4") == "a bä");
  for (auto const* broken : {"%", "%2", "%zz", "%00", "%ff", "%C3", "%c0%af", "%ED%A0%80", "%f4%90%80%80"}) CHECK_FALSE(percent_decode(broken));
  std::string const text = "päivä/€ 𝄞?&=";
  CHECK(percent_decode(percent_encode(text)) == text);
  CHECK(with_valid_utf8("a\xff\xc3") == "a\xEF\xBF\xBD\xEF\xBF\xBD");
}
