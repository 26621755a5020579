#include "catalog/search/synonyms.hpp"
#include "catalog/search/query.hpp"
#include "catalog/search/stems.hpp"
#include "catalog/search/words.hpp"
#include "catalog/vocabulary_tables.hpp"
#include <algorithm>
#include <unordered_map>

namespace tarina::catalog {
namespace {

using Words = std::vector<std::string>;
constexpr std::size_t languages = 3; // fi, sv, en, as in index_languages
constexpr std::string LocalText::* texts[languages] = {&LocalText::fi, &LocalText::sv, &LocalText::en};

struct Stems {
  std::array<Stemmer, languages> of{Stemmer("finnish"), Stemmer("swedish"), Stemmer("english")};

  std::string key(std::size_t language, Words const& words, std::size_t begin, std::size_t end) {
    std::string key;
    for (auto i = begin; i < end; ++i) key += of[language].stem(fold(words[i])) + ' ';
    return key;
  }
};

/// "Waiter/Waitress" is two names; "Kalastaja (PT)" is a kalastaja. Names as the words to look for.
std::vector<Words> read_names(std::string text) {
  if (auto const note = text.find(" ("); note != text.npos) text.erase(note);
  std::vector<Words> names;
  for (std::size_t begin = 0, end; begin <= text.size(); begin = end + 1) {
    end = std::min(text.find('/', begin), text.size());
    if (auto words = query_words(std::string_view(text).substr(begin, end - begin)); !words.empty()) names.push_back(std::move(words));
  }
  return names;
}

/// Every name, found by its stems in its own language.
class Names {
public:
  Names() {
    Stems stems;
    auto const vocabulary = read_vocabulary_files();
    for (auto const& title : vocabulary.titles) add(title.name, stems);
    for (auto const& qualification : vocabulary.qualifications) add(qualification.name, stems);
    for (auto const& field : vocabulary.fields) add(field.name, stems);
  }

  /// Adds what the words are called in other languages than `language`.
  bool translate(std::size_t language, std::string const& key, std::array<std::vector<Words>, languages>& into) const {
    auto const found = things_of_[language].find(key);
    if (found == things_of_[language].end()) return false;
    for (auto const thing : found->second)
      for (std::size_t other = 0; other < languages; ++other)
        if (other != language)
          for (auto const& name : things_[thing][other])
            if (std::find(into[other].begin(), into[other].end(), name) == into[other].end()) into[other].push_back(name);
    return true;
  }

  std::size_t longest() const { return longest_; }

private:
  void add(LocalText const& text, Stems& stems) {
    auto& thing = things_.emplace_back();
    for (std::size_t language = 0; language < languages; ++language) {
      // Where a translation is missing, the data may repeat the Finnish name.
      if (language > 0 && text.*texts[language] == text.fi) continue;
      for (auto& name : read_names(text.*texts[language])) {
        longest_ = std::max(longest_, name.size());
        things_of_[language][stems.key(language, name, 0, name.size())].push_back(things_.size() - 1);
        thing[language].push_back(std::move(name));
      }
    }
  }

  std::vector<std::array<std::vector<Words>, languages>> things_;
  std::array<std::unordered_map<std::string, std::vector<std::size_t>>, languages> things_of_;
  std::size_t longest_ = 0;
};

Names const& names() {
  static Names const all;
  return all;
}

} // namespace

Translation::Translation(Words words) : words_(std::move(words)) {
  Stems stems;
  for (std::size_t begin = 0; begin < words_.size();) {
    Piece piece;
    std::size_t end = std::min(words_.size(), begin + names().longest());
    for (; end > begin; --end) {
      bool known = false;
      for (std::size_t language = 0; language < languages; ++language)
        known |= names().translate(language, stems.key(language, words_, begin, end), piece.names);
      if (known) break;
    }
    end = std::max(end, begin + 1);
    piece.typed.assign(words_.begin() + static_cast<std::ptrdiff_t>(begin), words_.begin() + static_cast<std::ptrdiff_t>(end));
    pieces_.push_back(std::move(piece));
    begin = end;
  }
}

void Translation::add(std::string const& word, std::size_t language, Words const& others) {
  for (auto& piece : pieces_)
    if (piece.typed.size() == 1 && piece.typed.front() == word)
      for (auto const& other : others) piece.names.at(language).push_back({other});
}

std::string Translation::all(std::size_t language, bool as_you_type) const {
  if (language >= languages) return {};
  std::string query;
  bool adds = false;
  for (auto const& piece : pieces_) {
    if (!query.empty()) query += " AND ";
    query += "((" + match_all(piece.typed, as_you_type && &piece == &pieces_.back()) + ")";
    for (auto const& name : piece.names[language]) query += " OR (" + match_all(name) + ")", adds = true;
    query += ")";
  }
  return adds ? query : std::string();
}

std::string Translation::any(std::size_t language, bool as_you_type) const {
  auto query = match_any(words_, as_you_type);
  if (language < languages)
    for (auto const& piece : pieces_)
      for (auto const& name : piece.names[language]) query += " OR (" + match_all(name) + ")";
  return query;
}

std::vector<QueryPhrase> Translation::phrases(std::size_t language) const {
  std::vector<QueryPhrase> all;
  for (std::size_t i = 0; i < pieces_.size(); ++i) all.insert(all.end(), pieces_[i].typed.size(), {i, 0});
  if (language < languages)
    for (std::size_t i = 0; i < pieces_.size(); ++i)
      for (std::size_t name = 0; name < pieces_[i].names[language].size(); ++name) all.insert(all.end(), pieces_[i].names[language][name].size(), {i, name + 1});
  return all;
}

} // namespace tarina::catalog
