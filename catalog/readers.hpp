// A few connections that only read, lent out one call at a time.
#pragma once
#include "catalog/database.hpp"
#include <condition_variable>
#include <memory>
#include <mutex>
#include <type_traits>

namespace tarina::catalog {

class Readers {
public:
  Readers(std::filesystem::path const& file, int count);

  /// Runs `look(Database&)` on one unchanging snapshot; waits while all connections are out.
  template <class F> std::invoke_result_t<F&, Database&> read(F&& look) {
    Loan loan(*this);
    Snapshot snapshot(*loan.database);
    return look(*loan.database);
  }

private:
  struct Loan {
    explicit Loan(Readers& readers);
    ~Loan();
    Readers& readers;
    std::unique_ptr<Database> database;
  };
  struct Snapshot {
    explicit Snapshot(Database& db) : database(db) { db.execute("BEGIN"); }
    ~Snapshot();
    Database& database;
  };

  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Database>> idle_; // in turn: all know their statements soon, and memory does not grow for hours
};

} // namespace tarina::catalog
