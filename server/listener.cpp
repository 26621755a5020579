#include "server/listener.hpp"
#include "server/bell.hpp"
#include "server/lane.hpp"
#include "server/tls_relay.hpp"
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unordered_map>
#include <unordered_set>

namespace tarina::server {
namespace {

using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
constexpr std::chrono::milliseconds sweep_every{100};

/// The address a client is known by; IPv4 in IPv6 clothes is IPv4.
asio::ip::address plain(asio::ip::address const& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

/// Whose connections count together: one IPv4 address, or the /64 that one IPv6 customer has to itself.
std::string network_of(asio::ip::address const& address) {
  if (address.is_v4()) return address.to_string();
  auto bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return asio::ip::address_v6(bytes).to_string();
}

[[noreturn]] void fail(char const* what) { throw boost::system::system_error(errno, boost::system::system_category(), what); }

int duplicate(int socket) {
  int const copy = ::fcntl(socket, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) fail("the socket handed in");
  return copy;
}

/// For connections over loopback: nothing is lost there, so a congestion control that paces (BBR, where it is the system's) only adds
/// timers and wake-ups. Said to the listener, for a connection that began with BBR stays paced. Reno is in every kernel.
void use_reno(int listening) {
  constexpr std::string_view name = "reno";
  if (::setsockopt(listening, IPPROTO_TCP, TCP_CONGESTION, name.data(), name.size()) != 0)
    spdlog::debug("loopback keeps the system's congestion control: {}", std::strerror(errno));
}

asio::ip::tcp::endpoint endpoint_of(int socket) {
  asio::ip::tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  if (::getsockname(socket, endpoint.data(), &size) != 0) fail("the socket handed in");
  endpoint.resize(size);
  return endpoint;
}

/// How many connections each address has, over all threads.
class AddressCounts {
public:
  bool enter(std::string const& address, unsigned cap) {
    std::lock_guard lock(mutex_);
    auto& count = counts_[address];
    if (count >= cap) return false;
    ++count;
    return true;
  }
  void leave(std::string const& address) {
    std::lock_guard lock(mutex_);
    auto const found = counts_.find(address);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }

private:
  std::mutex mutex_;
  std::unordered_map<std::string, unsigned> counts_;
};

} // namespace

struct Listener::Thread {
  explicit Thread(State& owner);
  State& state;
  asio::io_context io{1};
  asio::executor_work_guard<Executor> work{io.get_executor()};
  Acceptor acceptor{io.get_executor()}, tls_acceptor{io.get_executor()};
  Timer sweeper{io.get_executor()};
  std::unordered_set<std::shared_ptr<Connection>> connections; // of this thread only
  std::unordered_set<std::shared_ptr<TlsRelay>> relays;
  Lane lane;
  bool draining = false;
  std::thread thread;

  awaitable<void> accept(Acceptor& from);
  void serve(Socket socket, Peer peer);
  awaitable<void> serve_tls(Socket socket, Peer peer);
  awaitable<void> sweep();
  void ended(std::shared_ptr<Connection> const& connection);
  void drain();
};

struct Listener::State {
  State(Limits const& bounds, Metrics& figures, Handler handler, ListenOptions const& options)
      : limits(bounds), tls(options.tls), context{limits, figures, std::move(handler), options.trusted_proxies, options.version} {}
  Limits const limits;
  Tls const* const tls;
  SessionContext context;
  AddressCounts addresses;
  std::vector<std::unique_ptr<Thread>> threads;
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t open = 0;  // connections and spawned tasks, over all threads
  bool running = false;
  std::uint16_t port = 0, tls_port = 0;

  std::uint16_t bind(Acceptor Thread::* acceptor, std::string const& address, std::uint16_t port, int socket);
  void opened() {
    std::lock_guard lock(mutex);
    ++open;
  }
  void closed() {
    std::lock_guard lock(mutex);
    --open;
    changed.notify_all();
  }
};

Listener::Thread::Thread(State& owner)
    : state(owner), lane(owner.context, [this](std::shared_ptr<Connection> const& connection) { ended(connection); }) {}

void Listener::Thread::ended(std::shared_ptr<Connection> const& connection) {
  --state.context.metrics.connections_open;
  connections.erase(connection);
  if (!connection->peer.network.empty()) state.addresses.leave(connection->peer.network);
  state.closed();
}

awaitable<void> Listener::Thread::accept(Acceptor& from) {
  while (from.is_open()) {
    error_code error;
    Socket socket(io.get_executor());
    co_await from.async_accept(socket, asio::redirect_error(use_awaitable, error));
    if (error && !from.is_open()) break;
    if (error) {
      // Out of descriptors or memory: what is open goes on, new ones wait a moment.
      Timer pause(io.get_executor());
      pause.expires_after(std::chrono::milliseconds(50));
      co_await pause.async_wait(asio::redirect_error(use_awaitable, error));
      continue;
    }
    auto const endpoint = socket.remote_endpoint(error);
    if (error) continue;
    Peer peer;
    peer.address = plain(endpoint.address()).to_string();
    peer.network = network_of(plain(endpoint.address()));
    auto const& proxies = state.context.trusted_proxies;
    peer.proxied = std::find(proxies.begin(), proxies.end(), peer.address) != proxies.end();
    if (!state.addresses.enter(peer.network, peer.proxied ? ~0U : state.limits.connections_per_address)) {
      ++state.context.metrics.connections_refused;
      continue; // closes
    }
    ++state.context.metrics.connections_accepted;
    socket.native_non_blocking(true, error);
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    if (&from == &acceptor) {
      serve(std::move(socket), std::move(peer));
      continue;
    }
    asio::co_spawn(io.get_executor(), serve_tls(std::move(socket), std::move(peer)), asio::detached);
  }
}

void Listener::Thread::serve(Socket socket, Peer peer) {
  state.opened();
  ++state.context.metrics.connections_open;
  auto connection = std::make_shared<Connection>(std::move(socket), std::move(peer), state.limits);
  connections.insert(connection);
  if (draining) connection->drain(); // accepted as we stopped: one answer it gets
  lane.serve(std::move(connection));
}

namespace {
/// Counts a connection that is still in its handshake; what comes of it counts for itself.
class InHandshake {
public:
  explicit InHandshake(Metrics& metrics) : open_(metrics.connections_open) { ++open_; }
  ~InHandshake() { --open_; }
  InHandshake(InHandshake const&) = delete;

private:
  std::atomic<std::int64_t>& open_;
};
} // namespace

/// The visitor counts from his first byte to his last; what his relay joins him to does not count again.
awaitable<void> Listener::Thread::serve_tls(Socket socket, Peer peer) {
  state.opened();
  std::shared_ptr<TlsRelay> relay;
  bool carried = false; // from then on the relay calls `ended`
  auto ended = [this, network = peer.network](std::shared_ptr<TlsRelay> const& gone) {
    if (gone && gone->expired()) ++state.context.metrics.deadlines_missed;
    relays.erase(gone);
    state.addresses.leave(network);
    state.closed();
  };
  try {
    relay = std::make_shared<TlsRelay>(std::move(socket), *state.tls, state.limits);
    relays.insert(relay);
    if (draining) relay->drain();
    bool secure = false;
    {
      InHandshake const counted(state.context.metrics);
      secure = co_await relay->handshake();
    }
    if (secure) {
      auto joined = relay->join(ended);
      carried = true;
      peer.network.clear();
      peer.tls = true;
      serve(std::move(joined), std::move(peer));
      co_return;
    }
  } catch (std::exception const& failure) {
    spdlog::error("a TLS connection ended: {}", failure.what());
    if (carried) co_return;
  }
  ended(relay);
}

awaitable<void> Listener::Thread::sweep() {
  for (;;) {
    error_code error;
    sweeper.expires_after(sweep_every);
    co_await sweeper.async_wait(asio::redirect_error(use_awaitable, error));
    if (error) co_return;
    auto const now = std::chrono::steady_clock::now();
    for (auto const& connection : connections)
      if (connection->overdue(now)) connection->expire();
    for (auto const& relay : relays)
      if (relay->overdue(now)) relay->expire();
    lane.sweep(now);
  }
}

void Listener::Thread::drain() {
  error_code ignored;
  draining = true;
  acceptor.close(ignored);
  tls_acceptor.close(ignored);
  for (auto const& connection : connections) connection->drain();
  for (auto const& relay : relays) relay->drain();
}

/// Binds one acceptor of every thread, or gives each the socket handed in. The port it became.
std::uint16_t Listener::State::bind(Acceptor Thread::* which, std::string const& address, std::uint16_t wanted, int socket) {
  auto endpoint = socket >= 0 ? endpoint_of(socket) : asio::ip::tcp::endpoint(asio::ip::make_address(address), wanted);
  for (auto& thread : threads) {
    auto& acceptor = (*thread).*which;
    if (socket >= 0) {
      // Every thread accepts from the one queue, which outlives this process: what comes in during a restart waits in it.
      acceptor.assign(endpoint.protocol(), thread == threads.front() ? socket : duplicate(socket));
    } else {
      acceptor.open(endpoint.protocol());
      acceptor.set_option(asio::socket_base::reuse_address(true));
      using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
      acceptor.set_option(reuse_port(true));
      acceptor.bind(endpoint);
      acceptor.listen();
      endpoint.port(acceptor.local_endpoint().port()); // the other threads share the one found
    }
    if (plain(endpoint.address()).is_loopback()) use_reno(acceptor.native_handle());
  }
  return endpoint.port();
}

Listener::Listener(ListenOptions const& options, Limits const& limits, Metrics& metrics, Handler answer)
    : state_(std::make_unique<State>(limits, metrics, std::move(answer), options)) {
  std::signal(SIGPIPE, SIG_IGN); // sendfile(2) has no MSG_NOSIGNAL
  auto const count = options.threads ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < count; ++i) state_->threads.push_back(std::make_unique<Thread>(*state_));
  state_->port = state_->bind(&Thread::acceptor, options.address, options.port, options.socket);
  if (options.tls) state_->tls_port = state_->bind(&Thread::tls_acceptor, options.tls_address, options.tls_port, options.tls_socket);
}

std::uint16_t Listener::port() const { return state_->port; }
std::uint16_t Listener::tls_port() const { return state_->tls_port; }

void Listener::start() {
  state_->running = true;
  for (auto& thread : state_->threads) {
    asio::co_spawn(thread->io.get_executor(), thread->accept(thread->acceptor), asio::detached);
    if (state_->tls) asio::co_spawn(thread->io.get_executor(), thread->accept(thread->tls_acceptor), asio::detached);
    asio::co_spawn(thread->io.get_executor(), thread->sweep(), asio::detached);
    thread->thread = std::thread([&io = thread->io] { io.run(); });
  }
}

void Listener::spawn(std::function<awaitable<void>()> task) {
  state_->opened();
  auto run = [](std::function<awaitable<void>()> job, State& state) -> awaitable<void> {
    try {
      co_await job();
    } catch (std::exception const& failure) {
      spdlog::error("a background task ended: {}", failure.what());
    }
    state.closed();
  };
  asio::co_spawn(state_->threads.front()->io.get_executor(), run(std::move(task), *state_), asio::detached);
}

bool Listener::stop(std::chrono::milliseconds deadline) {
  if (!state_->running) return true;
  state_->running = false;
  for (auto& thread : state_->threads) asio::post(thread->io, [&t = *thread] { t.drain(); });
  bool drained = false;
  {
    std::unique_lock lock(state_->mutex);
    drained = state_->changed.wait_for(lock, deadline, [this] { return state_->open == 0; });
  }
  for (auto& thread : state_->threads) {
    asio::post(thread->io, [&t = *thread] {
      for (auto const& connection : t.connections) connection->close();
      for (auto const& relay : t.relays) relay->expire();
      t.sweeper.cancel();
      t.work.reset();
    });
  }
  if (!drained) {
    // Give closed connections a moment to unwind; then the loops end with whatever still waits.
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_for(lock, std::chrono::seconds(1), [this] { return state_->open == 0; });
  }
  for (auto& thread : state_->threads) {
    asio::post(thread->io, [&io = thread->io] { io.stop(); });
    if (thread->thread.joinable()) thread->thread.join();
  }
  return drained;
}

Listener::~Listener() { stop(std::chrono::milliseconds(0)); }

} // namespace tarina::server
