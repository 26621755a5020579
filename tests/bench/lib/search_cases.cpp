// search_cases FILE.tsv FOLDER: makes a record in which every sentence of the file is the speech of one published story,
// and asks three other ways of searching for every query of the file. Prints JSON for search_quality.mjs:
// {"stories": {title: sentence}, "others": {"unicode61": {query: [sentence, …]}, "trigram": …, "snowball": …}}.
#include "catalog/database.hpp"
#include "catalog/search/query.hpp"
#include "tests/catalog/record.hpp"
#include "tests/catalog/search_samples.hpp"
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

using namespace tarina;
using namespace tarina::catalog;

namespace {

struct Cases { std::vector<std::string> sentences; std::set<std::string> queries; };

Cases read_cases(char const* file) {
  std::ifstream lines(file);
  if (!lines) throw std::runtime_error(std::string("cannot read ") + file);
  Cases cases;
  std::set<std::string> known;
  std::string line;
  std::getline(lines, line); // the header
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string query, sentence;
    if (!std::getline(fields, query, '\t') || !std::getline(fields, sentence, '\t')) continue;
    cases.queries.insert(query);
    if (known.insert(sentence).second) cases.sentences.push_back(sentence); // of a typo: the word that was meant
  }
  return cases;
}

/// A title that no query means, and that says which sentence it is.
std::string title_of(std::size_t number) { return "qx" + std::to_string(number) + "xq"; }

void publish(Record& record, std::string const& title, std::string const& sentence) {
  StoryDetails details;
  details.title.fi = title;
  details.institution = "sdo"; // a story must have both; search_quality.mjs counts what is found in speech only
  details.fields = {"05"};
  details.languages = {"fi"};
  auto const story = story_in_review(record, details);
  SaveTrack track;
  track.language = "fi";
  track.checked = true;
  track.lines = {{milliseconds(1000), milliseconds(5000), sentence, {}, {}}};
  record->save_track(Actor::system(), story, track).value();
  record->publish(Actor::system(), story).value();
}

/// What FTS5 finds with one of its own tokenizers.
nlohmann::json ask_fts5(Cases const& cases, std::filesystem::path const& file, std::string const& tokenizer) {
  Database database(file, Database::Mode::writer);
  database.execute("CREATE VIRTUAL TABLE speech USING fts5(text, tokenize = '" + tokenizer + "')");
  for (auto const& sentence : cases.sentences) database.run("INSERT INTO speech(text) VALUES (?1)", sentence);
  auto answers = nlohmann::json::object();
  for (auto const& query : cases.queries) {
    auto& found = answers[query] = nlohmann::json::array();
    auto rows = database.query("SELECT text FROM speech WHERE speech MATCH ?1", match_all(query_words(query)));
    while (rows.step()) found.push_back(rows.text());
  }
  return answers;
}

/// Our own index as it is without libvoikko: Finnish stems.
nlohmann::json ask_stems(Cases const& cases, std::filesystem::path const& file) {
  SearchIndex index({file.string(), "none", 1});
  for (std::size_t i = 0; i < cases.sentences.size(); ++i) index.update(finnish_story(std::to_string(i), "", {cue(0, cases.sentences[i])}));
  auto answers = nlohmann::json::object();
  for (auto const& text : cases.queries) {
    auto& found = answers[text] = nlohmann::json::array();
    auto query = words(text);
    query.limit = 100;
    do {
      auto const page = search(index, query);
      for (auto const& hit : page.hits) found.push_back(cases.sentences[std::stoul(hit.story)]);
      query.cursor = page.next;
    } while (!query.cursor.empty());
  }
  return answers;
}

} // namespace

int main(int argc, char** argv) try {
  if (argc != 3) throw std::runtime_error("usage: search_cases FILE.tsv FOLDER");
  auto const cases = read_cases(argv[1]);
  nlohmann::json out;
  Record record;
  for (std::size_t i = 0; i < cases.sentences.size(); ++i) {
    publish(record, title_of(i), cases.sentences[i]);
    out["stories"][title_of(i)] = cases.sentences[i];
  }
  record.catalog.reset();
  std::filesystem::copy(record.folder.path, argv[2], std::filesystem::copy_options::recursive);
  SearchFolder folder;
  out["others"]["unicode61"] = ask_fts5(cases, folder.path / "unicode61", "unicode61");
  out["others"]["trigram"] = ask_fts5(cases, folder.path / "trigram", "trigram");
  out["others"]["snowball"] = ask_stems(cases, folder.path / "snowball");
  std::cout << out << "\n";
  return 0;
} catch (std::exception const& failure) {
  std::cerr << failure.what() << "\n";
  return 1;
}
