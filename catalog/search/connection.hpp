// A connection to search.sqlite with its own analysers, and the few that searches share.
#pragma once
#include "catalog/database.hpp"
#include "catalog/search/analysers.hpp"
#include "catalog/search/ranking.hpp"
#include "catalog/search/tokenizer.hpp"
#include <condition_variable>
#include <memory>
#include <mutex>

namespace tarina::catalog {

struct SearchConnection {
  /// `cache`: of how many Finnish words to remember the terms, some 300 bytes each.
  SearchConnection(std::filesystem::path const& file, Database::Mode, std::string const& dictionary, std::size_t cache);
  Analysers analysers; // these before the database, whose tables use them to the end
  WordSink words;
  Tokenizers tokenizers;
  Ranking ranking;
  std::array<Ranking::Counts, index_languages.size()> counts;
  Database database;
};

/// Lends connections that only read; opens them as they are first needed, at most `most`.
class SearchReaders {
public:
  SearchReaders(std::filesystem::path file, std::string dictionary, int most);

  /// Runs `look(SearchConnection&)` on one unchanging snapshot; waits while all connections are out.
  template <class F> auto read(F&& look) {
    Loan loan(*this);
    return look(*loan.connection);
  }

private:
  struct Loan {
    explicit Loan(SearchReaders&);
    ~Loan();
    SearchReaders& readers;
    std::unique_ptr<SearchConnection> connection;
  };

  std::filesystem::path const file_;
  std::string const dictionary_;
  int const most_;
  int opened_ = 0;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<SearchConnection>> idle_;
};

} // namespace tarina::catalog
