#include "server/api/list_body.hpp"
#include "server/json_body.hpp"
#include "server/pages/cue_json.hpp"
#include "service_fixture.hpp"
#include <nlohmann/json.hpp>

using namespace fixture;
using nlohmann::json;

namespace {

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

} // namespace

TEST_CASE("JSON is taken as deep as bodies of ours are, and refused where a copy could exhaust the stack") {
  auto const most = static_cast<std::size_t>(server::most_json_levels);
  CHECK(server::parse_json(nested(most)) == json::parse(nested(most)));
  CHECK(server::parse_json(nested(most + 1)).is_discarded());
  CHECK(server::parse_json(nested(2'000'000)).is_discarded());
  CHECK(server::parse_json(R"({"a":1,"b":)" + nested(100) + "}").is_discarded());
  CHECK(server::parse_json("{").is_discarded());
  CHECK(server::parse_json(R"({"a":[1,2.5,null,{"b":"ä"}]})") == json::parse(R"({"a":[1,2.5,null,{"b":"ä"}]})"));
}

TEST_CASE("whole numbers are those that fit") {
  CHECK(server::integer_of(json(-5)) == -5);
  CHECK(server::integer_of(json(9223372036854775807ULL)) == 9223372036854775807LL);
  CHECK_FALSE(server::integer_of(json(9223372036854775808ULL)));
  CHECK_FALSE(server::integer_of(json(1.0)));
  CHECK_FALSE(server::integer_of(json("1")));
}

TEST_CASE("a cue's time may have a fraction, but must be a time") {
  auto const cues = server::cues_from_json(json::parse(R"([{"start_ms":1000.4,"end_ms":1999.6,"text":"a"}])"));
  REQUIRE(cues);
  CHECK(cues->front().start.count() == 1000);
  CHECK(cues->front().end.count() == 2000);
  for (auto const* time : {"1e300", "18446744073709551615", "\"1\"", "null", "true"})
    CHECK_FALSE(server::cues_from_json(json::parse(std::string(R"([{"start_ms":0,"text":"a","end_ms":)") + time + "}]")));
}

TEST_CASE("a list item's time that fits no clock is refused, not turned around") {
  auto const item = [](std::string const& time) { return server::read_list_item(json::parse(R"({"story":"a","start_ms":)" + time + "}")); };
  CHECK(item("5")->start->count() == 5);
  CHECK_FALSE(item("null")->start);
  CHECK(item("18446744073709551615").error().key == "list.body_invalid");
  CHECK(item("1.5").error().key == "list.body_invalid");
}

TEST_CASE("a body nested a million times is an answer, not the end of the server") {
  Site site;
  auto const deep = R"({"title":)" + nested(250'000) + "}";
  auto const headers = "Content-Type: application/json\r\n";
  CHECK(fetch(site.port(), "POST", "/api/v1/lists", headers, deep).status == 400);
  auto const worker = "Authorization: Bearer " + site.worker_token() + "\r\n";
  CHECK(fetch(site.port(), "POST", "/api/v1/worker/lease", worker, R"({"worker":)" + nested(2'000'000) + "}").status == 400);
  CHECK(fetch(site.port(), "GET", "/healthz").status == 200);
}
