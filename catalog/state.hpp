// What the catalog's subject files share: its connections, and the marks it keeps in memory.
#pragma once
#include "catalog/catalog.hpp"
#include "catalog/readers.hpp"
#include "catalog/writer.hpp"
#include <atomic>
#include <set>
#include <unordered_map>

namespace tarina::catalog {

struct HeldLease { std::int64_t row = 0; std::int64_t token = 0; std::string id; }; // of a task

struct Catalog::State {
  explicit State(CatalogOptions given);

  Time now() const { return options.clock(); }
  /// By this end what cannot be brought back: uploads, the grace of a withdrawal, replaced videos.
  Time patient_now() { return patient_clock.now(); }
  void access_changed() { access_version.fetch_add(1, std::memory_order_release); }
  /// After a change of what a package holds is durable.
  void package_grew(std::string const& package);
  void forget_growth(std::string const& package);
  /// Puts the story's present state into the search index or takes it out. Called after the change is durable;
  /// the lock makes the last caller the one who saw the newest state.
  void refresh_search(std::string const& story);
  void reload_vocabulary();
  std::shared_ptr<Vocabulary const> words() const;
  void sync_search(); // repairs drift; with index_mutex held
  bool rebuild_search(std::stop_token = {}); // without index_mutex: what changes meanwhile wins
  void settle_search();                        // see Catalog::settle_search
  bool purge_search(std::string const& story); // no byte of it stays in the index; false while that waits to be built anew

  CatalogOptions options;
  PatientClock patient_clock;
  Writer writer;
  std::unique_ptr<Readers> readers;
  std::unique_ptr<SearchIndex> index;
  std::mutex index_mutex;
  bool search_stale = false; // under index_mutex
  std::atomic<std::uint64_t> access_version{1};

  mutable std::mutex growth_mutex;
  std::uint64_t growths = 0;                            // of all packages since the start
  std::unordered_map<std::string, std::uint64_t> growth; // by package: which of them was its last

  mutable std::mutex vocabulary_mutex;
  std::shared_ptr<Vocabulary const> vocabulary;

  /// When each lease runs out, on the steady clock, by task row. A lease not in here (given before a restart) gets a
  /// full term when it is first seen; so no jump of the wall clock ends or prolongs a lease.
  struct Term { std::int64_t token = 0; milliseconds ends{}; };
  bool lease_ended(std::int64_t task_row, std::int64_t token);
  /// But those of `held`, sorted by row. One begun since it was read may go with the others: it then gets a whole term more.
  void forget_terms(std::vector<HeldLease> const& held);
  std::mutex terms_mutex;
  std::unordered_map<std::int64_t, Term> terms;

  /// Leases that ran out without a word, by task, under terms_mutex. A worker that comes back with one was not killed by the
  /// film: it slept, or the network was gone.
  std::unordered_map<std::string, std::set<std::int64_t>> silent;
  /// After a request about a lease that is lost: takes that start back, which else counts as a death.
  void came_back(std::string const& task, std::int64_t token);

  /// After the end of a task's lease is durable.
  void tell(TaskEnd const& end) {
    package_grew(end.package); // or lost what was given up
    if (options.task_ended) options.task_ended(end);
  }

  /// Remembers that this worker asked for work just now; true when another did a moment ago.
  bool note_worker(std::string const& name);
  std::unordered_map<std::string, milliseconds> workers_seen; // on the steady clock; under terms_mutex
};

} // namespace tarina::catalog
