#include "catalog/writer.hpp"

namespace tarina::catalog {
namespace {
constexpr std::size_t batch_limit = 256; // keeps one transaction, and the wait of its first caller, short
}

Writer::Writer(std::filesystem::path const& file) : database_(file, Database::Mode::writer) {
  thread_ = std::thread([this] { serve(); });
}

Writer::~Writer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Writer::Counts Writer::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

void Writer::submit(std::function<bool(Database&)> change, bool alone) {
  if (std::this_thread::get_id() == thread_.get_id()) throw std::logic_error("a change asks for another change");
  Job job{std::move(change), alone, false, nullptr};
  std::unique_lock lock(mutex_);
  queue_.push_back(&job);
  wake_.notify_one();
  done_.wait(lock, [&] { return job.done; });
  lock.unlock();
  if (job.failure) std::rethrow_exception(job.failure);
}

void Writer::run_alone(std::function<void(Database&)> work) {
  submit([&](Database& db) { work(db); return true; }, true);
}

bool Writer::checkpoint() {
  bool busy = false;
  run_alone([&](Database& db) {
    auto pragma = db.query("PRAGMA wal_checkpoint(TRUNCATE)");
    busy = pragma.step() && pragma.flag();
  });
  return !busy;
}

void Writer::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::vector<Job*> batch;
    do {
      batch.push_back(queue_.front());
      queue_.pop_front();
    } while (!batch.front()->alone && !queue_.empty() && !queue_.front()->alone && batch.size() < batch_limit);
    lock.unlock();
    commit_batch(batch);
    lock.lock();
    ++counts_.commits;
    counts_.changes += static_cast<std::int64_t>(batch.size());
    for (auto* job : batch) job->done = true;
    done_.notify_all();
  }
}

/// Everything that goes wrong is left in the jobs; the thread lives on.
void Writer::commit_batch(std::vector<Job*> const& batch) {
  if (batch.front()->alone) {
    try {
      batch.front()->change(database_);
    } catch (...) {
      batch.front()->failure = std::current_exception();
    }
    return;
  }
  try {
    database_.execute("BEGIN IMMEDIATE");
    for (auto* job : batch) run_change(database_, *job);
    database_.execute("COMMIT");
  } catch (...) {
    // The transaction is lost as a whole: nobody's change is durable, so nobody may be told so.
    for (auto* job : batch)
      if (!job->failure) job->failure = std::current_exception();
    if (!database_.autocommit()) {
      try {
        database_.execute("ROLLBACK");
      } catch (...) { // the next BEGIN will say so
      }
    }
  }
}

void Writer::run_change(Database& db, Job& job) {
  db.execute("SAVEPOINT change");
  bool keep = false;
  try {
    keep = job.change(db);
  } catch (...) {
    job.failure = std::current_exception();
    if (db.autocommit()) throw; // SQLite gave up the whole transaction (disk full, I/O error)
  }
  if (!keep) db.execute("ROLLBACK TO change");
  db.execute("RELEASE change");
}

} // namespace tarina::catalog
