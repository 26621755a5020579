#include "catalog/readers.hpp"
#include <algorithm>

namespace tarina::catalog {

Readers::Readers(std::filesystem::path const& file, int count) {
  for (int i = 0; i < std::max(1, count); ++i) idle_.push_back(std::make_unique<Database>(file, Database::Mode::reader));
}

Readers::Loan::Loan(Readers& from) : readers(from) {
  std::unique_lock lock(readers.mutex_);
  readers.returned_.wait(lock, [this] { return !readers.idle_.empty(); });
  database = std::move(readers.idle_.front());
  readers.idle_.erase(readers.idle_.begin());
}

Readers::Loan::~Loan() {
  {
    std::lock_guard lock(readers.mutex_);
    readers.idle_.push_back(std::move(database)); // never grows beyond its first size, so it cannot throw
  }
  readers.returned_.notify_one();
}

Readers::Snapshot::~Snapshot() {
  try {
    database.execute("COMMIT");
  } catch (...) { // nothing was written; the next BEGIN will complain if the connection is broken
  }
}

} // namespace tarina::catalog
