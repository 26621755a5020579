#include "catalog/search/suggestion_table.hpp"
#include "catalog/search/cue_groups.hpp"
#include <algorithm>
#include <mutex>

namespace tarina::catalog {
namespace {

constexpr std::array<char const*, name_languages> languages{"fi", "sv", "en"};

std::string key_of(LocalNames const& names) { return names[0] + '\x1f' + names[1] + '\x1f' + names[2]; }

bool is_empty(LocalNames const& names) {
  return std::all_of(names.begin(), names.end(), [](auto const& name) { return name.empty(); });
}

} // namespace

StoryNames names_of(StoryDocument const& story) {
  StoryNames names{story.id, story.published.time_since_epoch().count(), {}, {}, story.fields};
  for (std::size_t i = 0; i < name_languages; ++i)
    if (auto const text = story.texts.find(languages[i]); text != story.texts.end()) {
      names.titles[i] = plain_line(text->second.title);
      names.occupations[i] = plain_line(text->second.occupation);
    }
  return names;
}

std::map<std::string, LocalNames> field_names_of(StoryDocument const& story) {
  std::map<std::string, LocalNames> names;
  for (std::size_t i = 0; i < name_languages; ++i)
    if (auto const text = story.texts.find(languages[i]); text != story.texts.end() && text->second.fields.size() == story.fields.size())
      for (std::size_t f = 0; f < story.fields.size(); ++f) names[story.fields[f]][i] = plain_line(text->second.fields[f]);
  return names;
}

std::uint32_t SuggestionTable::Group::id_of(std::string const& key) {
  auto const [at, fresh] = ids.emplace(key, static_cast<std::uint32_t>(counted.size()));
  if (fresh) counted.push_back({key, 0});
  return at->second;
}

void SuggestionTable::put(std::int64_t row, StoryNames const& from) {
  std::unique_lock lock(mutex_);
  erase_story(row);
  Story story{from.id, from.published_ms, {}, {}};
  if (!is_empty(from.occupations)) {
    story.occupation = occupations_.id_of(key_of(from.occupations));
    if (++occupations_.counted[*story.occupation].stories == 1) occupations_.names.put(*story.occupation, from.occupations);
  }
  for (auto const& code : from.fields) {
    story.fields.push_back(fields_.id_of(code));
    ++fields_.counted[story.fields.back()].stories;
  }
  auto const id = static_cast<std::uint32_t>(row);
  if (!is_empty(from.titles)) titles_.put(id, from.titles);
  stories_[id] = std::move(story);
}

void SuggestionTable::erase(std::int64_t row) {
  std::unique_lock lock(mutex_);
  erase_story(row);
}

void SuggestionTable::erase_story(std::int64_t row) {
  auto const id = static_cast<std::uint32_t>(row);
  auto const found = stories_.find(id);
  if (found == stories_.end()) return;
  auto const& story = found->second;
  for (auto const field : story.fields) --fields_.counted[field].stories;
  if (story.occupation && --occupations_.counted[*story.occupation].stories == 0) occupations_.names.erase(*story.occupation);
  titles_.erase(id);
  stories_.erase(found);
}

void SuggestionTable::name_field(std::string const& code, LocalNames const& names) {
  std::unique_lock lock(mutex_);
  fields_.names.put(fields_.id_of(code), names);
}

void SuggestionTable::change(WordChanges const& changes) {
  std::unique_lock lock(mutex_);
  for (std::size_t i = 0; i < word_languages; ++i)
    for (auto const& [word, stories] : changes[i]) words_[i].add(word, stories);
}

void SuggestionTable::clear() {
  std::unique_lock lock(mutex_);
  stories_.clear();
  titles_ = {};
  occupations_ = {};
  fields_ = {};
  words_ = {};
}

void SuggestionTable::suggest_group(Group const& group, Suggestion::Kind kind, std::vector<std::string> const& typed, std::size_t language,
                                    bool dotless, std::size_t most, std::vector<Suggestion>& into) {
  struct Ranked { bool foreign, inside; std::int64_t stories; NameIndex::Found found; };
  std::vector<Ranked> all;
  for (auto const& found : group.names.find(typed, language, dotless))
    if (auto const stories = group.counted[found.id].stories; stories > 0)
      all.push_back({found.language != language, !found.at_begin, -stories, found});
  std::stable_sort(all.begin(), all.end(), [](Ranked const& a, Ranked const& b) {
    return std::tie(a.foreign, a.inside, a.stories) < std::tie(b.foreign, b.inside, b.stories);
  });
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i) {
    auto const& found = all[i].found;
    into.push_back({kind, group.names.names(found.id)[found.language],
                    kind == Suggestion::Kind::field ? group.counted[found.id].code : std::string(), -all[i].stories});
  }
}

std::vector<Suggestion> SuggestionTable::names(std::vector<std::string> const& typed, std::size_t language, bool dotless, std::size_t most) const {
  std::shared_lock lock(mutex_);
  auto const own = language < name_languages ? language : 0;
  std::vector<Suggestion> all;
  suggest_group(occupations_, Suggestion::Kind::occupation, typed, own, dotless, most, all);
  suggest_group(fields_, Suggestion::Kind::field, typed, own, dotless, most, all);
  auto titles = titles_.find(typed, own, dotless);
  auto const order = [&](NameIndex::Found const& a, NameIndex::Found const& b) {
    bool const a_foreign = a.language != own, b_foreign = b.language != own, a_inside = !a.at_begin, b_inside = !b.at_begin;
    auto const a_new = -stories_.at(a.id).published_ms, b_new = -stories_.at(b.id).published_ms;
    return std::tie(a_foreign, a_inside, a_new, a.id) < std::tie(b_foreign, b_inside, b_new, b.id);
  };
  auto const shown = std::min(most, titles.size());
  std::partial_sort(titles.begin(), titles.begin() + static_cast<std::ptrdiff_t>(shown), titles.end(), order);
  for (std::size_t i = 0; i < shown; ++i)
    all.push_back({Suggestion::Kind::story, titles_.names(titles[i].id)[titles[i].language], stories_.at(titles[i].id).id, 1});
  return all;
}

std::vector<VocabularyWord> SuggestionTable::words(std::string_view with, std::size_t language, bool dotless, std::size_t most) const {
  std::shared_lock lock(mutex_);
  return words_.at(language).beginning(with, dotless, most);
}

std::int64_t SuggestionTable::stories_with(std::string_view word, std::size_t language) const {
  std::shared_lock lock(mutex_);
  return words_.at(language).stories(word);
}

std::string SuggestionTable::nearest(std::string_view typed, std::size_t language, int most) const {
  std::shared_lock lock(mutex_);
  return words_.at(language).nearest(typed, most);
}

} // namespace tarina::catalog
