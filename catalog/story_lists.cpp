// Lists of stories, for the studio and for the public.
#include "catalog/scope.hpp"
#include "catalog/state.hpp"
#include "catalog/story_rows.hpp"
#include <algorithm>

namespace tarina::catalog {
namespace {

/// The column of the consent that covers this use.
std::string use_column(Use use) { return use == Use::preview ? "watch" : std::string(use_name(use)); }

std::string public_condition(Use use) {
  return "s.state = 'published' AND s.package_id IS NOT NULL AND EXISTS (SELECT 1 FROM consent c WHERE c.story_id = s.id AND c.ended_at IS NULL AND c." + use_column(use) + ")";
}

/// `%` and `_` in what people type are letters, not wildcards.
std::string like_pattern(std::string const& words) {
  std::string pattern = "%";
  for (char c : words) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

} // namespace

StoryList Catalog::list_stories(Actor const& actor, StudioFilter const& filter) const {
  if (actor.kind == Actor::Kind::teller) return {};
  std::string where = " WHERE (?1 = '' OR s.institution = ?1) AND (?2 = '' OR s.unit = ?2) AND (?3 = '' OR s.state = ?3) AND (?4 = '' OR s.institution = ?4)"
                      " AND (?5 = '%%' OR s.title_fi LIKE ?5 ESCAPE '\\' OR s.title_sv LIKE ?5 ESCAPE '\\' OR s.title_en LIKE ?5 ESCAPE '\\' OR s.shown_name LIKE ?5 ESCAPE '\\' OR s.public_id = ?6)";
  if (!filter.state) where += " AND s.state <> 'withdrawn'";
  if (!filter.missing.empty()) {
    auto const condition = gate_condition(filter.missing);
    if (!condition) return {};
    where += " AND " + *condition;
  }
  auto const institution = actor.sees_everything() ? std::string() : actor.institution;
  auto const unit = actor.sees_everything() ? std::string() : actor.unit;
  auto const state = filter.state ? std::string(state_name(*filter.state)) : std::string();
  auto const pattern = like_pattern(filter.words);
  auto const& id = filter.words;
  return state_->readers->read([&](Database& db) {
    StoryList list;
    if (auto q = db.query("SELECT count(*) FROM story s" + where, institution, unit, state, filter.institution, pattern, id); q.step()) list.total = q.number();
    auto q = db.query(select_cards() + where + " ORDER BY s.changed_at DESC, s.id DESC LIMIT ?7 OFFSET ?8", institution, unit, state, filter.institution, pattern, id,
                      std::clamp(filter.limit, 1, 200), std::max(filter.offset, 0));
    while (q.step()) {
      auto& card = list.items.emplace_back(read_card(db, q, Use::watch));
      auto const row = find_story(db, card.id)->row;
      card.missing = missing_in(db, row);
      card.processing = load_processing(db, row);
      card.watchable = db.query("SELECT 1 FROM consent WHERE story_id = ?1 AND ended_at IS NULL AND watch", row).step();
    }
    return list;
  });
}

std::map<StoryState, int> Catalog::count_stories(Actor const& actor) const {
  std::map<StoryState, int> counts;
  if (actor.kind == Actor::Kind::teller) return counts;
  return state_->readers->read([&](Database& db) {
    auto q = db.query("SELECT state, count(*) FROM story WHERE (?1 OR ((?2 = '' OR institution = ?2) AND (?3 = '' OR unit = ?3))) GROUP BY state", actor.sees_everything(), actor.institution, actor.unit);
    while (q.step()) {
      auto const state = state_from_name(q.text()).value();
      counts[state] = q.number();
    }
    return counts;
  });
}

StoryList Catalog::published(PublishedFilter const& filter) const {
  auto const where = " WHERE " + public_condition(filter.use) +
                     " AND (?1 = '' OR s.institution = ?1) AND (?2 = '' OR EXISTS (SELECT 1 FROM story_field f JOIN field v ON v.code = f.field WHERE f.story_id = s.id AND (f.field = ?2 OR v.parent = ?2)))";
  return state_->readers->read([&](Database& db) {
    StoryList list;
    if (auto q = db.query("SELECT count(*) FROM story s" + where, filter.institution, filter.field); q.step()) list.total = q.number();
    auto q = db.query(select_cards() + where + " ORDER BY s.published_at DESC, s.id DESC LIMIT ?3 OFFSET ?4", filter.institution, filter.field, std::clamp(filter.limit, 1, 1000), std::max(filter.offset, 0));
    while (q.step()) list.items.push_back(read_card(db, q, filter.use));
    return list;
  });
}

std::vector<StoryCard> Catalog::related(std::string const& story, int limit) const {
  return state_->readers->read([&](Database& db) {
    std::vector<StoryCard> cards;
    auto const found = find_story(db, story);
    if (!found) return cards;
    // Shared narrow or broad fields count most, the same occupation next, then the institution.
    auto q = db.query(select_cards() + " WHERE s.id <> ?1 AND " + public_condition(Use::watch) +
                        " ORDER BY (SELECT count(*) FROM story_field a JOIN story_field b ON a.field = b.field OR substr(a.field, 1, 2) = substr(b.field, 1, 2) WHERE a.story_id = s.id AND b.story_id = ?1) > 0 DESC,"
                        " (s.occupation <> '' AND s.occupation = (SELECT occupation FROM story WHERE id = ?1)) DESC, s.institution = ?2 DESC, s.published_at DESC, s.id DESC LIMIT ?3",
                      found->row, found->institution, std::clamp(limit, 1, 50));
    while (q.step()) cards.push_back(read_card(db, q, Use::watch));
    return cards;
  });
}

std::vector<StoryCard> Catalog::cards(std::vector<std::string> const& ids, Use use) const {
  return state_->readers->read([&](Database& db) {
    std::vector<StoryCard> found;
    for (auto const& id : ids) {
      auto q = db.query(select_cards() + " WHERE s.public_id = ?1 AND " + public_condition(use), id);
      if (q.step()) found.push_back(read_card(db, q, use));
    }
    return found;
  });
}

} // namespace tarina::catalog
