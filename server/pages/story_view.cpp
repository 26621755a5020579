#include "server/pages/story_view.hpp"
#include "media/sound_data.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"

namespace tarina::server {

using Json = nlohmann::json;

std::string Naming::institution(std::string const& code) const {
  auto const* found = vocabulary.find_institution(code);
  if (!found) return {};
  return found->short_name.empty() ? found->name.in(lang) : found->short_name;
}

std::string Naming::unit(std::string const& institution_code, std::string const& code) const {
  auto const* found = vocabulary.find_institution(institution_code);
  auto const* unit = found && !code.empty() ? found->find_unit(code) : nullptr;
  return unit ? unit->name.in(lang) : std::string{};
}

std::string Naming::field(std::string const& code) const {
  auto const* found = vocabulary.find_field(code);
  return found ? found->name.in(lang) : std::string{};
}

std::string Naming::occupation(std::string const& code, std::string const& free_words) const {
  if (auto const* found = code.empty() ? nullptr : vocabulary.find_title(code)) return found->name.in(lang);
  return free_words;
}

std::string Naming::qualification(std::string const& code) const {
  auto const* found = code.empty() ? nullptr : vocabulary.find_qualification(code);
  return found ? found->name.in(lang) : std::string{};
}

Json local_text(catalog::LocalText const& text, std::string_view lang) {
  auto const& words = text.in(lang);
  auto const& own = lang == "sv" ? text.sv : lang == "en" ? text.en : text.fi;
  if (!own.empty() || words.empty()) return {{"text", words}, {"lang", nullptr}};
  return {{"text", words}, {"lang", !text.fi.empty() ? "fi" : !text.sv.empty() ? "sv" : "en"}};
}

std::string poster_address(std::string const& stream_key, std::string const& poster) {
  return stream_key.empty() || poster.empty() ? std::string{} : "/stream/" + stream_key + "/" + poster;
}

Json card_view(Naming const& naming, catalog::StoryCard const& card) {
  auto const occupation = naming.occupation(card.occupation, card.occupation_text);
  auto const institution = naming.institution(card.institution);
  return {{"id", card.id},
          {"href", "/stories/" + card.id},
          {"title", local_text(card.title, naming.lang)},
          {"summary", local_text(card.summary, naming.lang)},
          {"poster", poster_address(card.stream_key, card.poster)},
          {"portrait", card.height > card.width},
          {"width", card.width ? card.width : media::cover_width}, // of sound alone: its cover's
          {"height", card.height ? card.height : media::cover_height},
          {"length", format_clock(card.duration)},
          {"length_words", format_length(card.duration, naming.lang)},
          {"teller", card.shown_name},
          {"meta", joined({card.shown_name, occupation, institution})},
          {"captions", language_list(card.caption_languages, naming.lang)},
          {"field", card.fields.empty() ? std::string{} : broad_field(card.fields.front())},
          {"field_name", card.fields.empty() ? std::string{} : naming.field(card.fields.front())}};
}

Json card_views(Naming const& naming, std::vector<catalog::StoryCard> const& cards) {
  auto views = Json::array();
  for (auto const& card : cards) views.push_back(card_view(naming, card));
  return views;
}

std::string broad_field(std::string const& code) {
  bool const digits = code.find_first_not_of("0123456789") == std::string::npos;
  return digits ? code.substr(0, 2) : code; // "TUVA" stays whole
}

std::string language_list(std::vector<std::string> const& codes, std::string_view lang) {
  std::vector<std::string> names;
  for (auto const& code : codes) names.push_back(language_name(code, lang));
  return joined(names, ", ");
}

std::string joined(std::vector<std::string> const& parts, std::string_view separator) {
  std::string out;
  for (auto const& part : parts) {
    if (part.empty()) continue;
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

Json paragraphs(std::string_view text) {
  auto out = Json::array();
  auto lines = Json::array();
  while (true) {
    auto const end = text.find('\n');
    auto line = text.substr(0, end);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(std::string(line));
    if ((line.empty() || end == std::string_view::npos) && !lines.empty()) {
      out.push_back({{"lines", std::move(lines)}});
      lines = Json::array();
    }
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

} // namespace tarina::server
