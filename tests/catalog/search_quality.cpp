// Precision and recall on labelled Finnish queries: two sets of our own, and the development set when it is there (see
// the search README).
#include "catalog/search/words.hpp"
#include "tests/catalog/search_samples.hpp"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <sstream>

using namespace tarina::catalog;

namespace {

struct Quality {
  double precision = 0, recall = 0;
  int suggested = 0, typos = 0; // right suggestions, of how many
};

/// The sentences of a file (query, sentence, relevant, note) as speech, and its queries asked. Nothing without a file or
/// a dictionary. A typo's sentence is the word that was meant.
std::optional<Quality> measure(std::filesystem::path const& file) {
  std::ifstream lines(file);
  if (!lines) return std::nullopt;
  SearchFolder folder;
  SearchIndex index(folder.options());
  if (!index.has_dictionary()) return std::nullopt;
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
    bool const typo = note.starts_with("typo");
    if (typo) typos[query] = sentence;
    auto& story = stories[sentence];
    if (story.empty()) {
      story = "s" + std::to_string(stories.size());
      index.update(finnish_story(story, "", {cue(0, sentence)}));
    }
    if (!typo && note.find("neutral") == std::string::npos) cases.push_back({query, story, relevant == "1"});
  }
  REQUIRE(cases.size() > 250);
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
  Quality quality{1.0 * right / (right + wrong), 1.0 * right / (right + missed), 0, static_cast<int>(typos.size())};
  for (auto const& [typed, meant] : typos) {
    auto const result = index.search(words(typed)).value();
    auto const& suggestion = result.suggestion;
    bool const answered = std::any_of(result.hits.begin(), result.hits.end(), [&](auto const& h) { return h.story == stories[meant]; });
    if (suggestion == meant || answered) ++quality.suggested; // a missing dot is not asked about, but understood
    else std::cout << "typo " << typed << ": wanted " << meant << ", got \"" << suggestion << "\"\n";
  }
  std::cout << "search quality: precision " << quality.precision << ", recall " << quality.recall << ", suggestions " << quality.suggested << "/"
            << quality.typos << "\n";
  return quality;
}

std::filesystem::path in_source(char const* path) { return std::filesystem::path(tarina_source_dir) / path; }

} // namespace

TEST_CASE("labelled Finnish queries are answered with at least 0.99 precision and recall") {
  auto const* named = std::getenv("TARINA_SEARCH_CASES");
  auto const quality = measure(named ? std::filesystem::path(named) : in_source("../shared/data/fi_search_cases.tsv"));
  if (!quality) {
    WARN("no search cases (set TARINA_SEARCH_CASES) or no Finnish dictionary");
    return;
  }
  CHECK(quality->precision >= 0.99);
  CHECK(quality->recall >= 0.99);
  CHECK(quality->suggested >= quality->typos - 1);
}

TEST_CASE("vocational and spoken Finnish of every kind is found") {
  for (auto const* file : {"tests/fixtures/search/first.tsv", "tests/fixtures/search/second.tsv", "tests/fixtures/search/third.tsv"}) {
    INFO(file);
    REQUIRE(std::filesystem::exists(in_source(file)));
    auto const quality = measure(in_source(file));
    if (!quality) {
      WARN("no Finnish dictionary");
      return;
    }
    CHECK(quality->precision >= 0.99);
    CHECK(quality->recall >= 0.97);
    CHECK(quality->suggested >= quality->typos - 1);
  }
}
