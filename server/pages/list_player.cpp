#include "server/pages/list_player.hpp"
#include "catalog/catalog.hpp"
#include <charconv>
#include <fmt/format.h>
#include <map>

namespace tarina::server {

result<PlayedList> load_played_list(catalog::Catalog& catalog, std::string const& id, catalog::Use use) {
  auto shown = find_shown_list(catalog, id, use);
  if (!shown) return shown.error();
  PlayedList played{std::move(shown->list), {}, std::move(shown->vocabulary)};
  std::map<std::string, ShownStory> stories; // several clips may be of one story
  for (auto& item : shown->items) {
    auto story = stories.find(item.card.id);
    if (story == stories.end()) {
      auto loaded = load_story(catalog, item.card.id, use);
      if (!loaded) continue; // withdrawn in between
      story = stories.emplace(item.card.id, std::move(*loaded)).first;
    }
    played.items.push_back({std::move(item), story->second});
  }
  return played;
}

std::size_t asked_item(Request const& request, PlayedList const& played) {
  std::size_t number = 0;
  auto const& text = request.query.get("item");
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number >= 1 && number <= played.items.size() ? number - 1 : 0;
}

std::string seconds_text(std::optional<std::chrono::milliseconds> const& time) {
  return time ? fmt::format("{}", static_cast<double>(time->count()) / 1000) : std::string();
}

} // namespace tarina::server
