// The whole server put together: what main.cpp runs and tests start on a free port.
#pragma once
#include "catalog/clock.hpp"
#include "server/app.hpp"
#include "server/limits.hpp"
#include "server/supervisor.hpp"
#include <memory>

namespace tarina::catalog { class Catalog; }

namespace tarina::server {

class Service {
public:
  /// Opens the data folder, repairs what a crash left, binds. Throws when another server uses the folder or the port.
  /// `sockets`: listening ones to serve on instead of binding.
  explicit Service(Config config, ListeningSockets sockets = {});
  /// The same with other limits on connections and another clock for leases, for tests.
  Service(Config config, Limits limits, catalog::SteadyClock lease_clock);
  ~Service();
  Service(Service const&) = delete;

  void start();
  std::uint16_t port() const;
  std::uint16_t tls_port() const; // 0 without TLS
  /// Reads the TLS certificate again, for connections that begin from now on; an unusable one is logged and changes nothing.
  void reload_tls();
  /// Stops accepting, lets running answers finish until the configured deadline. True when none had to be cut off.
  bool stop();
  /// True when a connection's thread and the catalog answer within this time.
  bool responds(std::chrono::microseconds within);
  /// Begins to build the search index anew, beside the one that serves; says so in the log.
  void reindex();

  App& app();
  catalog::Catalog& catalog();

private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The limits a configuration means.
Limits limits_of(Config const& config);

} // namespace tarina::server
