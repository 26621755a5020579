#include "server/pages/list_form.hpp"
#include "catalog/catalog.hpp"
#include "server/pages/player_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;
using catalog::ListItem;
using std::chrono::milliseconds;

namespace {

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// As people count its characters: browsers send two for a line's end.
std::string with_plain_ends(std::string text) {
  std::erase(text, '\r');
  return text;
}

/// Nothing for an empty field; an error for words that are no time.
result<std::optional<milliseconds>> time_of(std::string const& typed) {
  auto const text = trimmed(typed);
  if (text.empty()) return std::optional<milliseconds>();
  auto const seconds = clock_seconds(text);
  if (!seconds) return Error{Errc::invalid, "list.time_invalid", "a time looks like 1:23"};
  return std::optional(milliseconds(std::llround(*seconds * 1000)));
}

/// "1:23", "1:23,5"
std::string time_field(std::optional<milliseconds> const& time, std::string_view lang) {
  if (!time) return {};
  auto out = format_clock(*time);
  if (auto const rest = time->count() % 1000; rest > 0) {
    auto digits = fmt::format("{:03}", rest);
    digits.erase(digits.find_last_not_of('0') + 1);
    out += (lang == "en" ? "." : ",") + digits;
  }
  return out;
}

template <class Cards> auto const* find_card(Cards const& cards, std::string const& story) {
  auto const found = std::find_if(cards.begin(), cards.end(), [&](auto const& card) { return card.id == story; });
  return found == cards.end() ? nullptr : &*found;
}

/// Applies "up:abc" and the like to the order.
void press(std::string_view pressed, SentList& sent) {
  auto const colon = pressed.find(':');
  if (colon == std::string_view::npos) return;
  auto const act = pressed.substr(0, colon);
  auto const id = pressed.substr(colon + 1);
  auto& items = sent.contents.items;
  auto const at = std::find_if(items.begin(), items.end(), [&](ListItem const& item) { return item.id == id; });
  if (at == items.end()) return;
  sent.touched = id;
  if (act == "up" && at != items.begin()) std::iter_swap(at, at - 1);
  if (act == "down" && at + 1 != items.end()) std::iter_swap(at, at + 1);
  if (act == "remove") {
    sent.removed = id;
    auto const next = items.erase(at);
    sent.touched = next != items.end() ? next->id : items.empty() ? std::string() : items.back().id;
  }
}

/// What was typed, and behind it what is new in the record. Items that are gone from the record cannot be kept.
catalog::ListContents caught_up(SentList const& sent, catalog::ListContents const& now) {
  auto contents = sent.contents;
  auto const has = [](std::vector<ListItem> const& items, std::string const& id) {
    return std::any_of(items.begin(), items.end(), [&id](ListItem const& item) { return item.id == id; });
  };
  std::erase_if(contents.items, [&](ListItem const& item) { return !has(now.items, item.id); });
  for (auto const& item : now.items)
    if (item.id != sent.removed && !has(contents.items, item.id)) contents.items.push_back(item);
  return contents;
}

} // namespace

ClipAddress clip_address(std::string_view text) {
  auto rest = trimmed(text);
  auto const path = rest.find("/stories/");
  if (path != std::string_view::npos) rest.remove_prefix(path + 9);
  auto const end = rest.find_first_of("/?#");
  ClipAddress found{std::string(rest.substr(0, end)), {}};
  if (auto const query = rest.find('?'); query != std::string_view::npos)
    found.start = FormValues(rest.substr(query + 1, rest.find('#', query) - query - 1)).get("t");
  return found;
}

std::string token_of_link(std::string_view text) {
  auto rest = trimmed(text);
  if (auto const at = rest.find("/lists/edit/"); at != std::string_view::npos) rest.remove_prefix(at + 12);
  return std::string(rest.substr(0, rest.find_first_of("/?#")));
}

result<ListItem> clip_of(std::string const& story, std::string const& start, std::string const& end) {
  auto const from = time_of(start);
  if (!from) return from.error();
  auto const to = time_of(end);
  if (!to) return to.error();
  ListItem item;
  item.story = story;
  item.start = *from;
  item.end = *to;
  return item;
}

SentList read_list_form(FormValues const& form) {
  SentList sent;
  auto& contents = sent.contents;
  contents.title = trimmed(form.get("title"));
  contents.description = with_plain_ends(form.get("description"));
  contents.language = form.get("language");
  auto const& revision = form.get("revision");
  std::from_chars(revision.data(), revision.data() + revision.size(), sent.revision);
  for (auto const& id : form.all("item")) {
    ListItem item;
    item.id = id;
    auto& times = sent.times[id];
    times = TypedTimes{form.get("start_" + id), form.get("end_" + id), false, false};
    auto const take = [&sent](std::string const& typed, std::optional<milliseconds>& time, bool& unread) {
      auto const found = time_of(typed);
      unread = !found;
      if (found) time = *found;
      else if (!sent.error) sent.error = found.error();
    };
    take(times.start, item.start, times.start_unread);
    take(times.end, item.end, times.end_unread);
    item.note = with_plain_ends(form.get("note_" + id));
    item.question = with_plain_ends(form.get("question_" + id));
    contents.items.push_back(std::move(item));
  }
  auto const pressed = form.get("do");
  press(pressed, sent);
  if (auto const& address = form.get("address"); pressed == "add" || !trimmed(address).empty()) {
    sent.address = address;
    auto const clip = clip_address(address);
    auto item = clip_of(clip.story, clip.start, {});
    if (clip.story.empty()) sent.error = Error{Errc::invalid, "list.story_unknown", "no such story"};
    else if (!item) sent.error = item.error();
    else contents.items.push_back(std::move(*item));
  }
  return sent;
}

ListKnowledge know_list(catalog::Catalog& catalog, catalog::List list) {
  std::vector<std::string> ids;
  for (auto const& item : list.contents.items)
    if (!item.story.empty()) ids.push_back(item.story);
  return {std::move(list), catalog.cards(ids, catalog::Use::watch), catalog.cards(ids, catalog::Use::class_download), catalog.cards(ids, catalog::Use::embed), catalog.vocabulary()};
}

Json list_form_view(Naming const& naming, ListKnowledge const& known, SentList const* typed) {
  auto const refused = [typed](std::string_view key) { return typed && typed->error && typed->error->key == key; };
  auto const contents = !typed ? known.list.contents : refused("list.changed_meanwhile") ? caught_up(*typed, known.list.contents) : typed->contents;
  auto const numbered = static_cast<std::size_t>(std::count_if(contents.items.begin(), contents.items.end(), [](ListItem const& item) { return !item.id.empty(); }));
  auto items = Json::array();
  for (auto const& item : contents.items) {
    if (item.id.empty()) continue; // an addition that was refused stays in its field
    auto const before = std::find_if(known.list.contents.items.begin(), known.list.contents.items.end(), [&](ListItem const& old) { return old.id == item.id; });
    auto const story = before == known.list.contents.items.end() ? std::string() : before->story;
    auto const* card = find_card(known.watch, story);
    auto const n = items.size() + 1;
    TypedTimes times{time_field(item.start, naming.lang), time_field(item.end, naming.lang), false, false};
    if (typed && typed->times.contains(item.id)) times = typed->times.at(item.id);
    bool const no_clip = refused("list.time_invalid");
    Json view{{"item", item.id},
              {"number", n},
              {"first", n == 1},
              {"last", n == numbered},
              {"start", times.start},
              {"end", times.end},
              {"start_wrong", times.start_unread || (no_clip && card && item.start && *item.start >= card->duration)},
              {"end_wrong", times.end_unread || (no_clip && item.end && *item.end <= item.start.value_or(milliseconds(0)))},
              {"note_text", item.note},
              {"question_text", item.question},
              {"missing", !card}};
    if (card) {
      view["card"] = card_view(naming, *card);
      view["name"] = card->title.in(naming.lang);
      view["href"] = clip_href({item.id, story, item.start, item.end, {}, {}});
      view["not_in_class"] = !find_card(known.in_class, story);
      view["not_embedded"] = !find_card(known.embed, story);
    } else {
      view["name"] = naming.templates.text(naming.lang, "lists.missing_name");
    }
    items.push_back(std::move(view));
  }
  auto languages = Json::array();
  for (std::string const code : {"fi", "sv", "en"}) languages.push_back({{"code", code}, {"label", language_name(code, naming.lang)}, {"selected", code == contents.language}});
  // Refused for something else, the form stays of the revision it was opened with: it has not seen what came since.
  bool const as_opened = typed && typed->error && !refused("list.changed_meanwhile");
  return {{"revision", as_opened ? typed->revision : known.list.revision},
          {"typed_address", typed ? typed->address : std::string()},
          {"title", contents.title},
          {"description_text", contents.description},
          {"languages", std::move(languages)},
          {"any", !items.empty()},
          {"several", items.size() > 1},
          {"items", std::move(items)}};
}

} // namespace tarina::server
