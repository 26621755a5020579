#include "server/service.hpp"
#include "catalog/catalog.hpp"
#include "media/store.hpp"
#include "server/answer.hpp"
#include "server/listener.hpp"
#include "server/metrics.hpp"
#include "server/operations.hpp"
#include "server/routes.hpp"
#include "server/secrets.hpp"
#include "server/shown_once.hpp"
#include "server/templates.hpp"
#include "server/work.hpp"
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

namespace tarina::server {
namespace {

constexpr std::chrono::seconds sweep_every{5};

/// One server a data folder: two would finish each other's uploads.
class FolderLock {
public:
  explicit FolderLock(std::filesystem::path const& folder) {
    std::filesystem::create_directories(folder);
    fd_ = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      if (fd_ >= 0) ::close(fd_);
      throw std::runtime_error("another tarina-server uses the data folder " + folder.string());
    }
  }
  ~FolderLock() { ::close(fd_); }
  FolderLock(FolderLock const&) = delete;

private:
  int fd_ = -1;
};

catalog::CatalogOptions catalog_options(Config const& config, catalog::SteadyClock lease_clock) {
  catalog::CatalogOptions options;
  options.folder = config.data;
  options.lease = config.lease;
  options.profile = config.profile;
  options.steady = std::move(lease_clock);
  return options;
}

ListenOptions listen_options(Config const& config, catalog::Catalog const& catalog) {
  return {config.listen, config.port, config.io_threads, config.trusted_proxies, [&catalog] { return catalog.access_version(); }};
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
  State(Config settings, Limits const& limits, catalog::SteadyClock lease_clock)
      : config(std::move(settings)), lock(config.data), secrets(load_secrets(config.data / "secrets")),
        catalog(catalog_options(config, std::move(lease_clock))),
        store(config.data / "media"), catalog_pool(std::make_unique<WorkPool>(8, 2048)), file_pool(std::make_unique<WorkPool>(6, 1024)),
        hash_pool(std::make_unique<WorkPool>(2, 32)), templates(config.web), client(catalog, *catalog_pool),
        identity(client, *hash_pool, config, secrets.signing_key),
        app{config, client, store, *file_pool, identity, templates, metrics, work, shown_once}, router(make_router(app)) {
    work.worker_token = secrets.worker_token;
    reconcile(catalog, store);
    auto answer_request = [this](Request& request) { return answer(app, router, request); };
    listener = std::make_unique<Listener>(listen_options(config, catalog), limits, metrics, answer_request);
    register_gauges(app, *catalog_pool);
  }

  ~State() {
    stop();
    // The pools first: they may still hand results to the listener's threads, which no longer run.
    catalog_pool.reset();
    file_pool.reset();
    hash_pool.reset();
    listener.reset();
  }

  bool stop() {
    work.stopping = true;
    work.tasks.ring();
    stopped.ring();
    return listener->stop(config.drain_deadline);
  }

  awaitable<void> sweep() {
    while (!work.stopping) {
      auto const seen = stopped.rings();
      if (work.stopping) break;
      auto round = [this] { return sweep_once(catalog, store); };
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
  FolderLock lock;
  Secrets secrets;
  catalog::Catalog catalog;
  media::MediaStore store;
  Metrics metrics;
  Work work;
  ShownOnce shown_once;
  Bell stopped;
  std::unique_ptr<WorkPool> catalog_pool, file_pool, hash_pool;
  Templates templates;
  CatalogClient client;
  Identity identity;
  App app;
  Router router;
  std::unique_ptr<Listener> listener;
};

Service::Service(Config config) : Service(config, limits_of(config), catalog::steady_clock()) {}
Service::Service(Config config, Limits limits, catalog::SteadyClock lease_clock)
    : state_(std::make_unique<State>(std::move(config), limits, std::move(lease_clock))) {}
Service::~Service() = default;

void Service::start() {
  state_->listener->start();
  state_->listener->spawn([this] { return state_->sweep(); });
}

std::uint16_t Service::port() const { return state_->listener->port(); }
bool Service::stop() { return state_->stop(); }
App& Service::app() { return state_->app; }
catalog::Catalog& Service::catalog() { return state_->catalog; }

} // namespace tarina::server
