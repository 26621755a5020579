// Any JSON body of the API: refused, or read as it says.
#include "check.hpp"
#include "server/api/list_body.hpp"
#include "server/json_body.hpp"
#include "server/pages/cue_json.hpp"
#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::json;

int levels(Json const& value) {
  if (!value.is_structured()) return 0;
  int deepest = 0;
  for (auto const& inner : value) deepest = std::max(deepest, levels(inner));
  return deepest + 1;
}

/// What was read says about a time what the body says.
void check_time(std::optional<std::chrono::milliseconds> const& read, Json const& object, char const* name) {
  auto const said = object.find(name);
  bool const given = said != object.end() && !said->is_null();
  fuzz::check(read.has_value() == given, "a time is read where one was given");
  if (given) fuzz::check(*said == read->count(), "as it was given");
}

void check_list(Json const& body) {
  using namespace tarina::server;
  if (auto const item = read_list_item(body)) {
    check_time(item->start, body, "start_ms");
    check_time(item->end, body, "end_ms");
  }
  auto const contents = read_list_contents(body, "fi", true);
  if (!contents) return;
  fuzz::check(contents->items.size() == body["items"].size(), "every item is read");
  for (std::size_t i = 0; i < contents->items.size(); ++i) check_time(contents->items[i].start, body["items"][i], "start_ms");
}

void check_cues(Json const& body) {
  using namespace tarina::server;
  auto const cues = cues_from_json(body);
  if (!cues) return;
  fuzz::check(cues->size() == body.size(), "every cue is read");
  auto const again = cues_from_json(cues_to_json(*cues));
  fuzz::check(again && cues_to_json(*again) == cues_to_json(*cues), "what is written is read as the same");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto const body = tarina::server::parse_json(fuzz::text_of(data, size));
  if (body.is_discarded()) return 0;
  fuzz::check(levels(body) <= tarina::server::most_json_levels, "nothing is deeper than a copy stands");
  fuzz::check(Json::parse(data, data + size) == body, "nothing was left out");
  check_list(body);
  if (body.is_object() && body.contains("cues") && body["cues"].is_array()) check_cues(body["cues"]);
  return 0;
}
