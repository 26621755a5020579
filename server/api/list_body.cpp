#include "server/api/list_body.hpp"
#include "server/json_body.hpp"
#include <nlohmann/json.hpp>

namespace tarina::server {

using Json = nlohmann::json;
using catalog::ListItem;

namespace {

Error body_invalid(char const* detail) { return {Errc::invalid, "list.body_invalid", detail}; }

std::string string_of(Json const& object, char const* name) {
  auto const found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace

result<ListItem> read_list_item(Json const& value) {
  if (!value.is_object()) return body_invalid("an item is an object");
  ListItem item{string_of(value, "id"), string_of(value, "story"), {}, {}, string_of(value, "note"), string_of(value, "question")};
  auto const time = [&](char const* name) -> result<std::optional<std::chrono::milliseconds>> {
    auto const found = value.find(name);
    if (found == value.end() || found->is_null()) return std::optional<std::chrono::milliseconds>();
    auto const number = integer_of(*found);
    if (!number) return body_invalid("times are whole milliseconds");
    return std::optional(std::chrono::milliseconds(*number));
  };
  auto const start = time("start_ms");
  if (!start) return start.error();
  auto const end = time("end_ms");
  if (!end) return end.error();
  item.start = *start;
  item.end = *end;
  return item;
}

result<catalog::ListContents> read_list_contents(Json const& body, std::string_view lang, bool needs_items) {
  if (!body.is_object()) return body_invalid("the body is an object");
  catalog::ListContents contents{string_of(body, "title"), string_of(body, "description"), string_of(body, "language"), {}};
  if (contents.language.empty()) contents.language = lang;
  auto const items = body.find("items");
  if (items == body.end() && needs_items) return body_invalid("items is missing");
  if (items == body.end()) return contents;
  if (!items->is_array()) return body_invalid("items is an array");
  for (auto const& value : *items) {
    auto item = read_list_item(value);
    if (!item) return item.error();
    contents.items.push_back(std::move(*item));
  }
  return contents;
}

} // namespace tarina::server
