// The one thread that writes. What is asked for while a commit is under way is committed together (group commit):
// with synchronous=FULL every commit waits for the disk, and twenty callers share one wait.
#pragma once
#include "catalog/database.hpp"
#include "media/error.hpp"
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <type_traits>

namespace tarina::catalog {

class Writer {
public:
  explicit Writer(std::filesystem::path const& file);
  ~Writer(); // finishes what was asked for
  Writer(Writer const&) = delete;

  /// Runs `change(Database&)` in the writer's transaction and returns when that is durable. Each change has a savepoint
  /// of its own: an exception or a failed `result` undoes this change alone.
  template <class F> std::invoke_result_t<F&, Database&> write(F&& change) {
    using Value = std::invoke_result_t<F&, Database&>;
    if constexpr (std::is_void_v<Value>) {
      submit([&](Database& db) { change(db); return true; });
    } else {
      std::optional<Value> value;
      submit([&](Database& db) { value.emplace(change(db)); return keeps(*value); });
      return std::move(*value);
    }
  }

  /// Runs outside any transaction, between batches (checkpoints).
  void run_alone(std::function<void(Database&)> work);
  /// Moves the write-ahead log into the database and empties it; false when a reader held it back.
  bool checkpoint();

  struct Counts { std::int64_t commits = 0, changes = 0; };
  Counts counts() const;

private:
  struct Job {
    std::function<bool(Database&)> change; // true: keep
    bool alone = false;
    bool done = false;
    std::exception_ptr failure;
  };

  template <class T> static bool keeps(T const&) { return true; }
  template <class T> static bool keeps(result<T> const& r) { return r.has_value(); }

  void submit(std::function<bool(Database&)> change, bool alone = false);
  void serve();
  void commit_batch(std::vector<Job*> const& batch);
  static void run_change(Database& db, Job& job);

  Database database_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable done_;
  std::deque<Job*> queue_;
  bool stopping_ = false;
  Counts counts_;
  std::thread thread_;
};

} // namespace tarina::catalog
