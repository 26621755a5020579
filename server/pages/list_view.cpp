#include "server/pages/list_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;
using std::chrono::milliseconds;

ShownList shown_list(catalog::Catalog& catalog, catalog::List list, catalog::Use use) {
  std::vector<std::string> ids;
  for (auto const& item : list.contents.items)
    if (!item.story.empty()) ids.push_back(item.story);
  auto const cards = catalog.cards(ids, use);
  ShownList shown{std::move(list), {}, catalog.vocabulary()};
  for (auto const& item : shown.list.contents.items)
    if (auto const card = std::find_if(cards.begin(), cards.end(), [&](auto const& c) { return c.id == item.story; }); card != cards.end())
      shown.items.push_back({item, *card});
  return shown;
}

result<ShownList> find_shown_list(catalog::Catalog& catalog, std::string const& id, catalog::Use use) {
  auto list = catalog::Lists(catalog).list(id);
  if (!list) return list.error();
  return shown_list(catalog, std::move(*list), use);
}

std::string clip_words(catalog::ListItem const& item, milliseconds duration) {
  if (!item.start && !item.end) return format_clock(duration);
  return format_clock(std::min(item.start.value_or(milliseconds(0)), duration)) + "–" + format_clock(std::min(item.end.value_or(duration), duration));
}

milliseconds clip_length(catalog::ListItem const& item, milliseconds duration) {
  auto const end = std::min(item.end.value_or(duration), duration);
  return std::max(end - item.start.value_or(milliseconds(0)), milliseconds(0));
}

std::string clip_href(catalog::ListItem const& item) {
  auto const seconds = item.start.value_or(milliseconds(0)).count() / 1000;
  return seconds > 0 ? fmt::format("/stories/{}?t={}", item.story, seconds) : "/stories/" + item.story;
}

Json item_view(Naming const& naming, ShownItem const& shown, int number) {
  auto const& [item, card] = shown;
  return {{"number", number},
          {"item", item.id},
          {"card", card_view(naming, card)},
          {"title", local_text(card.title, naming.lang)},
          {"href", clip_href(item)},
          {"clip", clip_words(item, card.duration)},
          {"note", paragraphs(item.note)},
          {"question", paragraphs(item.question)},
          {"any_note", !item.note.empty()},
          {"any_question", !item.question.empty()}};
}

Json item_views(Naming const& naming, ShownList const& shown) {
  auto views = Json::array();
  int number = 0;
  for (auto const& item : shown.items) views.push_back(item_view(naming, item, ++number));
  return views;
}

Json list_view(Naming const& naming, ShownList const& shown, std::string const& origin) {
  auto const& [list, items, vocabulary] = shown;
  auto const& contents = list.contents;
  milliseconds length{0};
  for (auto const& item : items) length += clip_length(item.item, item.card.duration);
  bool const collection = list.kind == catalog::ListKind::collection;
  return {{"list", list.id},
          {"list_title", contents.title},
          {"description", paragraphs(contents.description)},
          {"words_lang", contents.language == naming.lang ? Json() : Json(contents.language)},
          {"collection", collection},
          {"by", list.institution.empty() ? std::string() : naming.institution(list.institution)},
          {"count_words", naming.templates.count(naming.lang, "lists.clips", static_cast<long long>(items.size()))},
          {"length_words", format_length(length, naming.lang)},
          {"items", item_views(naming, shown)},
          {"any", !items.empty()},
          {"address", origin + (collection ? "/collections/" : "/lists/") + list.id},
          {"class_href", "/class/list/" + list.id},
          {"print_href", "/lists/" + list.id + "/print"},
          {"embed_href", origin + "/embed/list/" + list.id}};
}

Json collection_views(Naming const& naming, catalog::Catalog& catalog, std::vector<catalog::ListSummary> const& collections) {
  auto views = Json::array();
  for (auto const& one : collections) {
    auto const cards = catalog.cards(one.stories, catalog::Use::watch);
    auto posters = Json::array();
    for (auto const& card : cards)
      if (auto const poster = poster_address(card.stream_key, card.poster); !poster.empty() && posters.size() < 3)
        posters.push_back({{"poster", poster}, {"width", card.width}, {"height", card.height}});
    views.push_back({{"href", "/collections/" + one.id},
                     {"list_title", one.title},
                     {"lang", one.language == naming.lang ? Json() : Json(one.language)},
                     {"description", one.description.substr(0, one.description.find('\n'))},
                     {"count_words", naming.templates.count(naming.lang, "lists.clips", one.items)},
                     {"by", one.institution.empty() ? std::string() : naming.institution(one.institution)},
                     {"any_posters", !posters.empty()},
                     {"posters", std::move(posters)}});
  }
  return views;
}

} // namespace tarina::server
