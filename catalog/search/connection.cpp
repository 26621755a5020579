#include "catalog/search/connection.hpp"

namespace tarina::catalog {
namespace {
constexpr std::size_t words_of_reader = 2'000; // a reader only queries
} // namespace

SearchConnection::SearchConnection(std::filesystem::path const& file, Database::Mode mode, std::string const& dictionary, std::size_t cache)
    : analysers(dictionary, cache), tokenizers(analysers, words), database(file, mode) {
  tokenizers.register_with(database.handle());
  register_ranking(database.handle(), ranking);
}

SearchReaders::SearchReaders(std::filesystem::path file, std::string dictionary, int most)
    : file_(std::move(file)), dictionary_(std::move(dictionary)), most_(most < 1 ? 1 : most) {
  idle_.reserve(static_cast<std::size_t>(most_)); // giving back cannot throw
}

SearchReaders::Loan::Loan(SearchReaders& from) : readers(from) {
  {
    std::unique_lock lock(readers.mutex_);
    readers.returned_.wait(lock, [&] { return !readers.idle_.empty() || readers.opened_ < readers.most_; });
    if (readers.opened_ < readers.most_) { // not only when several search at once: memory is soon what it stays
      ++readers.opened_;
    } else {
      connection = std::move(readers.idle_.front());
      readers.idle_.erase(readers.idle_.begin());
    }
  }
  try {
    if (!connection) connection = std::make_unique<SearchConnection>(readers.file_, Database::Mode::reader, readers.dictionary_, words_of_reader);
    connection->database.execute("BEGIN");
  } catch (...) {
    std::lock_guard lock(readers.mutex_);
    --readers.opened_;
    readers.returned_.notify_one();
    throw;
  }
}

SearchReaders::Loan::~Loan() {
  bool sound = true;
  try {
    if (!connection->database.autocommit()) connection->database.execute("ROLLBACK");
  } catch (...) {
    sound = false; // a fresh one is opened in its place
  }
  std::lock_guard lock(readers.mutex_);
  if (sound) readers.idle_.push_back(std::move(connection));
  else --readers.opened_;
  readers.returned_.notify_one();
}

} // namespace tarina::catalog
