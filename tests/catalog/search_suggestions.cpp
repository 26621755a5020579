// What is suggested while somebody types.
#include "catalog/search/index.hpp"
#include "tests/catalog/search_samples.hpp"
#include <algorithm>
#include <catch2/catch.hpp>

using namespace tarina;
using namespace tarina::catalog;

namespace {

std::vector<Suggestion> typed(SearchIndex const& index, std::string text, std::string language = "fi") {
  SuggestionQuery query;
  query.text = std::move(text);
  query.page_language = std::move(language);
  return index.suggestions(query);
}

Suggestion const* find(std::vector<Suggestion> const& all, Suggestion::Kind kind, std::string const& text) {
  auto const at = std::find_if(all.begin(), all.end(), [&](auto const& s) { return s.kind == kind && s.text == text; });
  return at == all.end() ? nullptr : &*at;
}

using Kind = Suggestion::Kind;

} // namespace

TEST_CASE("two letters suggest occupations, fields, words and titles, with what they find") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  auto entrepreneur = finnish_story("boss", "Hitsaajasta yrittäjäksi", {cue(0, "Hitsasin ja hitsasin.")});
  entrepreneur.texts["fi"].occupation = "hitsaaja";
  index.update(entrepreneur);
  auto all = typed(index, "hi");
  auto const* occupation = find(all, Kind::occupation, "hitsaaja");
  REQUIRE(occupation);
  CHECK(occupation->stories == 1);
  auto const* title = find(all, Kind::story, "Hitsaajan työ");
  REQUIRE(title);
  CHECK(title->code == "welder");
  CHECK(find(all, Kind::story, "Hitsaajasta yrittäjäksi"));
  all = typed(index, "yrittä"); // any word of a title
  CHECK(find(all, Kind::story, "Hitsaajasta yrittäjäksi"));
  CHECK_FALSE(find(all, Kind::story, "Hitsaajan työ"));
  all = typed(index, "HITSA");
  auto const* word = find(all, Kind::word, "hitsata");
  if (index.has_dictionary()) {
    REQUIRE(word);
    CHECK(word->stories == 2);
  }
  all = typed(index, "hyvinv");
  REQUIRE(find(all, Kind::field, "Terveys- ja hyvinvointialat") == nullptr); // one name for two codes is no name
  CHECK(typed(index, "h").empty());
  CHECK(typed(index, "").empty());
  CHECK(typed(index, "zzz").empty());
}

TEST_CASE("fields are suggested in the language of the page, with their code and count") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  auto story = nurse();
  story.fields = {"9"};
  story.texts["fi"].fields = {"Terveys- ja hyvinvointialat"};
  story.texts["sv"].fields = {"Hälsa och välfärd"};
  story.texts["en"].fields = {"Health and welfare"};
  index.update(story);
  auto const finnish = typed(index, "hyvinv");
  auto const* field = find(finnish, Kind::field, "Terveys- ja hyvinvointialat");
  REQUIRE(field);
  CHECK(field->code == "9");
  CHECK(field->stories == 1);
  CHECK(find(typed(index, "häl", "sv"), Kind::field, "Hälsa och välfärd"));
  CHECK(find(typed(index, "wel", "en"), Kind::field, "Health and welfare"));
  CHECK(find(typed(index, "närv", "sv"), Kind::occupation, "närvårdare"));
  CHECK(find(typed(index, "närv", "fi"), Kind::occupation, "närvårdare")); // of another language when it fits none here
}

TEST_CASE("the words before the unfinished one must fit too") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  CHECK(find(typed(index, "hitsaajan ty"), Kind::story, "Hitsaajan työ"));
  CHECK_FALSE(find(typed(index, "puistossa ty"), Kind::story, "Hitsaajan työ"));
  if (!index.has_dictionary()) return;
  CHECK(find(typed(index, "siskoni lähi"), Kind::word, "siskoni lähihoitaja"));
  CHECK_FALSE(find(typed(index, "puistossa lähi"), Kind::word, "puistossa lähihoitaja"));
}

TEST_CASE("a keyboard without ä and ö is forgiven when nothing else fits") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  CHECK(find(typed(index, "ymparis"), Kind::story, "Ympäristönhoitaja puistossa"));
  CHECK(find(typed(index, "hitsaajan tyo"), Kind::story, "Hitsaajan työ"));
  CHECK(find(typed(index, "lahih"), Kind::occupation, "lähihoitaja"));
  index.update(finnish_story("lahti", "Lahtelainen tarina", {}));
  CHECK_FALSE(find(typed(index, "lah"), Kind::occupation, "lähihoitaja")); // something else fits
}

TEST_CASE("what a removed or changed story said is suggested no more, at once and after reopening") {
  SearchFolder folder;
  {
    SearchIndex index(folder.options());
    index.rebuild([](auto const& add) {
      for (auto const& story : {nurse(), gardener(), welder()}) add(story);
    });
    auto changed = welder();
    changed.texts["fi"].title = "Levyseppä";
    changed.tracks.clear();
    index.update(changed);
    CHECK(typed(index, "hits").empty());
    CHECK(find(typed(index, "levy"), Kind::story, "Levyseppä"));
    index.remove("nurse");
    for (auto const* text : {"hoitotyön", "lähih", "päivystyk", "valmistu"}) CHECK(typed(index, text).empty());
    CHECK(find(typed(index, "ympär"), Kind::story, "Ympäristönhoitaja puistossa"));
    index.update(nurse());
    CHECK(find(typed(index, "lähih"), Kind::occupation, "lähihoitaja"));
    index.remove("nurse");
  }
  SearchIndex index(folder.options());
  for (auto const* text : {"hits", "hoitotyön", "lähih", "päivystyk"}) CHECK(typed(index, text).empty());
  CHECK(find(typed(index, "levy"), Kind::story, "Levyseppä"));
  CHECK(find(typed(index, "ympär"), Kind::story, "Ympäristönhoitaja puistossa"));
}

TEST_CASE("any text may be typed") {
  SearchFolder folder;
  SearchIndex index(folder.options());
  fill(index);
  for (auto const& text : {std::string("\"' OR *"), std::string("ty\0hi", 5), std::string(10000, 'a'), std::string(10000, '"'),
                           std::string("\xE2\x80\xAEhi"), std::string("\xFF\xFEhi"), std::string("NEAR(hi ty)"), std::string("hi -ty")})
    CHECK_NOTHROW(typed(index, text));
  std::string many;
  for (int i = 0; i < 300; ++i) many += "hi ";
  CHECK(typed(index, many).empty());
}
