// Precision and recall on the labelled Finnish queries, when the set is there (see the search README).
#include "catalog/search/words.hpp"
#include "tests/catalog/search_samples.hpp"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

using namespace tarina::catalog;

TEST_CASE("labelled Finnish queries are answered with at least 0.99 precision and recall") {
  auto const* named = std::getenv("TARINA_SEARCH_CASES");
  std::filesystem::path const file = named ? std::filesystem::path(named) : std::filesystem::path(tarina_source_dir) / "../shared/data/fi_search_cases.tsv";
  std::ifstream lines(file);
  if (!lines) {
    WARN("no search cases; set TARINA_SEARCH_CASES");
    return;
  }
  SearchFolder folder;
  SearchIndex index(folder.options());
  if (!index.has_dictionary()) {
    WARN("no Finnish dictionary");
    return;
  }
  struct Case { std::string query, story; bool relevant; };
  std::vector<Case> cases;
  std::map<std::string, std::string> typos, stories; // sentence → story id
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string query, sentence, relevant, note;
    std::getline(fields, query, '\t');
    std::getline(fields, sentence, '\t');
    std::getline(fields, relevant, '\t');
    std::getline(fields, note, '\t');
    bool const typo = note.starts_with("typo"); // the sentence is the word that was meant
    if (typo) typos[query] = sentence;
    auto& story = stories[sentence];
    if (story.empty()) {
      story = "s" + std::to_string(stories.size());
      index.update(finnish_story(story, "", {cue(0, sentence)}));
    }
    if (!typo && note.find("neutral") == std::string::npos) cases.push_back({query, story, relevant == "1"});
  }
  REQUIRE(cases.size() > 500);
  std::map<std::string, std::set<std::string>> answers;
  int right = 0, wrong = 0, missed = 0;
  for (auto const& c : cases) {
    if (!answers.count(c.query)) {
      auto query = words(c.query);
      query.limit = 100;
      query.moments = 1;
      for (auto const& hit : index.search(query).value().hits) {
        answers[c.query].insert(hit.story);
        CHECK(hit.moments.size() == 1);
      }
    }
    bool const hit = answers[c.query].count(c.story) > 0;
    if (hit && c.relevant) ++right;
    else if (hit) ++wrong, UNSCOPED_INFO("wrong: " << c.query << " " << c.story);
    else if (c.relevant) ++missed, UNSCOPED_INFO("missed: " << c.query << " " << c.story);
  }
  int suggested = 0;
  for (auto const& [typed, meant] : typos) {
    auto const result = index.search(words(typed)).value();
    auto const& suggestion = result.suggestion;
    bool const answered = std::any_of(result.hits.begin(), result.hits.end(), [&](auto const& h) { return h.story == stories[meant]; });
    if (suggestion == meant || answered) ++suggested; // a missing dot is not asked about, but understood
    else std::cout << "typo " << typed << ": wanted " << meant << ", got \"" << suggestion << "\"\n";
  }
  double const precision = 1.0 * right / (right + wrong), recall = 1.0 * right / (right + missed);
  std::cout << "search quality: precision " << precision << ", recall " << recall << ", suggestions " << suggested << "/"
            << typos.size() << "\n";
  CHECK(precision >= 0.99);
  CHECK(recall >= 0.99);
  CHECK(suggested >= 29);
}
