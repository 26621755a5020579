#include "server/service.hpp"
#include "catalog/catalog.hpp"
#include "media/store.hpp"
#include "server/answer.hpp"
#include "server/fixity/nightly.hpp"
#include "server/file_lock.hpp"
#include "server/listener.hpp"
#include "server/memory.hpp"
#include "server/metrics.hpp"
#include "server/operations.hpp"
#include "server/routes.hpp"
#include "server/secrets.hpp"
#include "server/shown_once.hpp"
#include "server/templates.hpp"
#include "server/work.hpp"
#include <future>
#include <spdlog/spdlog.h>
#include <stop_token>
#include <thread>

namespace tarina::server {
namespace {

constexpr std::chrono::seconds sweep_every{5};
constexpr std::chrono::minutes first_rebuild_pause{1}; // after a search index could not be built; doubled each time
constexpr std::chrono::minutes longest_rebuild_pause{60};
constexpr std::int64_t few_stories = 100;

catalog::CatalogOptions catalog_options(Config const& config, catalog::SteadyClock lease_clock, Metrics& metrics) {
  catalog::CatalogOptions options;
  options.folder = config.data;
  options.lease = config.lease;
  options.profile = config.profile;
  options.voikko_dictionary = config.finnish_dictionary;
  options.steady = std::move(lease_clock);
  options.search = catalog::SearchStart::later;
  options.task_ended = [&metrics](catalog::TaskEnd const& end) { metrics.count_task(end.kind, catalog::task_outcome_name(end.outcome), end.worked); };
  return options;
}

std::unique_ptr<Tls> load_tls(Config const& config, ListeningSockets sockets) {
  if (sockets.tls >= 0 && config.tls_certificate.empty()) throw std::runtime_error("a socket for HTTPS was handed over, but no tls_certificate is configured");
  return config.tls_certificate.empty() ? nullptr : std::make_unique<Tls>(config.tls_certificate, config.tls_key);
}

ListenOptions listen_options(Config const& config, ListeningSockets sockets, Tls const* tls, catalog::Catalog const& catalog) {
  ListenOptions options;
  options.address = config.listen;
  options.port = config.port;
  options.threads = config.io_threads;
  options.trusted_proxies = config.trusted_proxies;
  options.socket = sockets.plain;
  options.tls = tls;
  options.tls_address = config.tls_listen;
  options.tls_port = config.tls_port;
  options.tls_socket = sockets.tls;
  options.version = [&catalog] { return catalog.access_version(); };
  return options;
}

FixityOptions fixity_options(Config const& config, Work& work) {
  FixityOptions options;
  options.hour = config.fixity_hour;
  options.bytes_per_second = config.fixity_bytes_per_second;
  options.work_begun = [&work] { work.tasks.ring(); };
  return options;
}

} // namespace

Limits limits_of(Config const& config) {
  Limits limits;
  limits.head_deadline = config.header_deadline;
  limits.idle_timeout = config.idle_timeout;
  limits.connections_per_address = config.connections_per_address;
  return limits;
}

struct Service::State {
  State(Config settings, Limits const& limits, catalog::SteadyClock lease_clock, ListeningSockets sockets)
      : config(std::move(settings)), tls(load_tls(config, sockets)), lock(config.data), secrets(load_secrets(config.data / "secrets")),
        catalog(catalog_options(config, std::move(lease_clock), metrics)),
        store(config.data / "media"), catalog_pool(std::make_unique<WorkPool>(8, 2048)), file_pool(std::make_unique<WorkPool>(6, 1024)),
        hash_pool(std::make_unique<WorkPool>(2, 32)), templates(config.web), client(catalog, *catalog_pool),
        identity(client, *hash_pool, config, secrets.signing_key), fixity(std::make_unique<NightlyFixity>(catalog, store, fixity_options(config, work))),
        app{config, client, store, *file_pool, identity, templates, metrics, work, shown_once, *fixity}, router(make_router(app)) {
    work.worker_token = secrets.worker_token;
    auto const& search = catalog.search_index();
    if (search.has_dictionary()) spdlog::info("search: {}", search.describe());
    else spdlog::warn("search: Finnish runs on stems and finds less: {}", search.describe());
    reconcile(catalog, store);
    catalog.settle_search();
    if (search.needs_rebuild()) {
      reindex();
      // Few stories are indexed sooner than anybody asks for them; many are beside what serves already.
      if (catalog.figures().stories[catalog::StoryState::published] <= few_stories) index_keeper.join();
    }
    auto answer_request = [this](Request& request) { return answer(app, router, request); };
    listener = std::make_unique<Listener>(listen_options(config, sockets, tls.get(), catalog), limits, metrics, answer_request);
    register_gauges(app, *catalog_pool);
    if (tls) metrics.add_gauge("tarina_tls_certificate_end_seconds", "When the TLS certificate in use ends, Unix time.", [this] { return static_cast<double>(std::chrono::system_clock::to_time_t(tls->expires())); });
    metrics.add_gauge("tarina_search_stories", "Stories in the search index.", [this] { return static_cast<double>(catalog.search_index().size()); });
    metrics.add_gauge("tarina_search_dictionary", "1 while Finnish search has its dictionary, 0 when it runs on stems.", [this] { return catalog.search_index().has_dictionary() ? 1.0 : 0.0; });
    metrics.add_gauge("tarina_search_building", "1 while the search index is built anew, beside the one that serves.", [this] { return indexing ? 1.0 : 0.0; });
    metrics.add_gauge("tarina_search_broken", "1 while the search index must be built anew, because it is new, damaged or of another dictionary.", [this] { return catalog.search_index().needs_rebuild() ? 1.0 : 0.0; });
  }

  ~State() {
    stop();
    fixity.reset();
    // The pools first: they may still hand results to the listener's threads, which no longer run, or begin to build the index.
    catalog_pool.reset();
    file_pool.reset();
    hash_pool.reset();
    index_keeper = {}; // asked to stop and waited for
    listener.reset();
  }

  bool stop() {
    work.stopping = true;
    work.tasks.ring();
    stopped.ring();
    fixity->stop();
    return listener->stop(config.drain_deadline);
  }

  /// Builds the search index beside the one that serves, on a thread of its own. Nothing happens while that goes on already.
  void reindex() {
    std::lock_guard one_at_a_time(keeping_index);
    build_index();
  }
  /// The same when the index needs it, but not at once after that failed.
  void mend_index() {
    std::lock_guard one_at_a_time(keeping_index);
    if (!indexing && catalog.search_index().needs_rebuild() && std::chrono::steady_clock::now() >= rebuild_at) build_index();
  }
  void build_index() {
    if (work.stopping || indexing) return;
    auto const run = [this](std::stop_token stop) {
      auto const began = std::chrono::steady_clock::now();
      try {
        spdlog::info("search: the index is being built");
        bool const done = catalog.reindex(stop);
        if (done && catalog.search_index().needs_rebuild()) throw std::runtime_error("the new one broke at once");
        auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        if (done) spdlog::info("search: the index is new, {} stories in {:.1f} s", catalog.search_index().size(), seconds);
        else spdlog::info("search: building the index was stopped; it begins again at the next start");
        rebuild_pause = first_rebuild_pause;
        rebuild_at = {};
      } catch (std::exception const& failure) {
        spdlog::error("search: building the index failed; if it is needed it is tried again in {} min: {}", rebuild_pause.count(), failure.what());
        rebuild_at = std::chrono::steady_clock::now() + rebuild_pause;
        rebuild_pause = std::min(2 * rebuild_pause, longest_rebuild_pause);
      }
      indexing = false;
    };
    indexing = true;
    try {
      index_keeper = std::jthread(run);
    } catch (...) {
      indexing = false;
      throw;
    }
  }

  awaitable<void> sweep() {
    while (!work.stopping) {
      auto const seen = stopped.rings();
      if (work.stopping) break;
      auto round = [this] {
        mend_index();
        bool const task_freed = sweep_once(catalog, store);
        for (auto const& act : app.each_sweep) act();
        give_back_free_memory();
        return task_freed;
      };
      bool freed = false;
      try {
        freed = co_await file_pool->run(round);
      } catch (std::exception const& failure) {
        spdlog::error("the sweep: {}", failure.what()); // the next round may do better
      }
      if (freed) work.tasks.ring();
      co_await stopped.wait(seen, sweep_every);
    }
  }

  Config const config;
  std::unique_ptr<Tls> tls; // null: none
  FolderLock lock;
  Secrets secrets;
  Metrics metrics;
  catalog::Catalog catalog;
  media::MediaStore store;
  Work work;
  ShownOnce shown_once;
  Bell stopped;
  std::unique_ptr<WorkPool> catalog_pool, file_pool, hash_pool;
  Templates templates;
  CatalogClient client;
  Identity identity;
  std::unique_ptr<NightlyFixity> fixity;
  App app;
  Router router;
  std::unique_ptr<Listener> listener;
  std::atomic<bool> indexing = false;
  // Written by the thread in index_keeper, read when `indexing` says that it has ended.
  std::chrono::minutes rebuild_pause = first_rebuild_pause;
  std::chrono::steady_clock::time_point rebuild_at{};
  std::mutex keeping_index; // around build_index()
  std::jthread index_keeper; // last: it uses the catalog
};

Service::Service(Config config, ListeningSockets sockets)
    : state_(std::make_unique<State>(config, limits_of(config), catalog::steady_clock(), sockets)) {}
Service::Service(Config config, Limits limits, catalog::SteadyClock lease_clock)
    : state_(std::make_unique<State>(std::move(config), limits, std::move(lease_clock), ListeningSockets{})) {}
Service::~Service() = default;

void Service::start() {
  state_->listener->start();
  state_->listener->spawn([this] { return state_->sweep(); });
  state_->fixity->start();
}

std::uint16_t Service::port() const { return state_->listener->port(); }
std::uint16_t Service::tls_port() const { return state_->listener->tls_port(); }

void Service::reload_tls() {
  if (!state_->tls) return;
  try {
    state_->tls->reload();
    spdlog::info("the TLS certificate was read again");
  } catch (std::exception const& failure) {
    spdlog::error("the TLS certificate stays as it was: {}", failure.what());
  }
}

void Service::reindex() { state_->reindex(); }

bool Service::responds(std::chrono::microseconds within) {
  // Shared with the task, which may come to its turn after we have given up on it.
  auto const answered = std::make_shared<std::promise<void>>();
  auto future = answered->get_future();
  auto ask = [this, answered]() -> awaitable<void> {
    auto look = [](catalog::Catalog& c) { return c.has_administrator(); };
    static_cast<void>(co_await state_->client.run(look));
    answered->set_value();
  };
  state_->listener->spawn(ask);
  return future.wait_for(within) == std::future_status::ready;
}

bool Service::stop() { return state_->stop(); }
App& Service::app() { return state_->app; }
catalog::Catalog& Service::catalog() { return state_->catalog; }

} // namespace tarina::server
