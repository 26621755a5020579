// The names under which kinds are stored and shown in URLs and JSON; one table each, read both ways.
#include "catalog/consent.hpp"
#include "catalog/job.hpp"
#include "catalog/person.hpp"
#include "catalog/story.hpp"
#include "catalog/subtitle.hpp"
#include <stdexcept>
#include <utility>

namespace tarina::catalog {
namespace {

template <class E, std::size_t N> using Table = std::array<std::pair<E, std::string_view>, N>;

constexpr Table<Role, 3> roles{{{Role::administrator, "administrator"}, {Role::coordinator, "coordinator"}, {Role::editor, "editor"}}};
constexpr Table<Use, 5> uses{{{Use::watch, "watch"}, {Use::class_download, "class_download"}, {Use::embed, "embed"}, {Use::feeds, "feeds"}, {Use::preview, "preview"}}};
constexpr Table<StoryState, 5> states{{{StoryState::draft, "draft"}, {StoryState::processing, "processing"}, {StoryState::review, "review"},
                                       {StoryState::published, "published"}, {StoryState::withdrawn, "withdrawn"}}};
constexpr Table<TrackKind, 5> kinds{{{TrackKind::captions, "captions"}, {TrackKind::subtitles, "subtitles"}, {TrackKind::plain, "plain"},
                                     {TrackKind::descriptions, "descriptions"}, {TrackKind::chapters, "chapters"}}};
constexpr Table<ProcessingState, 5> processing{{{ProcessingState::none, "none"}, {ProcessingState::waiting, "waiting"}, {ProcessingState::running, "running"},
                                                {ProcessingState::ready, "ready"}, {ProcessingState::failed, "failed"}}};

template <class E, std::size_t N> std::string_view name_in(Table<E, N> const& table, E value) {
  for (auto const& [kind, name] : table)
    if (kind == value) return name;
  throw std::logic_error("a kind without a name");
}

template <class E, std::size_t N> std::optional<E> find_in(Table<E, N> const& table, std::string_view wanted) {
  for (auto const& [kind, name] : table)
    if (name == wanted) return kind;
  return std::nullopt;
}

} // namespace

std::string_view role_name(Role role) { return name_in(roles, role); }
std::optional<Role> role_from_name(std::string_view name) { return find_in(roles, name); }
std::string_view use_name(Use use) { return name_in(uses, use); }
std::optional<Use> use_from_name(std::string_view name) { return find_in(uses, name); }
std::string_view state_name(StoryState state) { return name_in(states, state); }
std::optional<StoryState> state_from_name(std::string_view name) { return find_in(states, name); }
std::string_view track_kind_name(TrackKind kind) { return name_in(kinds, kind); }
std::optional<TrackKind> track_kind_from_name(std::string_view name) { return find_in(kinds, name); }
std::string_view processing_state_name(ProcessingState state) { return name_in(processing, state); }

bool Uses::allows(Use use) const {
  switch (use) {
    case Use::watch: return watch;
    case Use::class_download: return class_download;
    case Use::embed: return embed;
    case Use::feeds: return feeds;
    case Use::preview: return true;
  }
  return false;
}

} // namespace tarina::catalog
