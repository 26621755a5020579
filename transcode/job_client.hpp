// The worker API as calls. One object is one connection and serves one caller at a time.
#pragma once
#include "media/tasks.hpp"
#include "transcode/http_connection.hpp"
#include <optional>
#include <stdexcept>

namespace tarina::transcode {

/// The server is away or overloaded: trying again may help.
struct ServerAway : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The lease belongs to somebody else by now, or the task is gone: drop the work.
struct LeaseLost : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ServerSettings {
  ServerAddress address;
  std::string token;                              // bearer token of the worker API
  std::chrono::milliseconds deadline{30'000};     // for one wait
  std::chrono::milliseconds poll_deadline{60'000}; // for the answer to a lease, which the server may hold back
};

struct Renewal {
  media::milliseconds expires_in{};
  bool cancelled = false;
};

/// Every call throws ServerAway when the network or the server fails, LeaseLost where noted, and std::runtime_error when
/// the server refuses what was said (a wrong token, a request it does not understand). Nothing is tried twice here.
class JobClient {
public:
  JobClient(asio::any_io_executor, ServerSettings const&, asio::ssl::context&);

  asio::awaitable<std::optional<media::Lease>> lease(std::string worker);
  /// Bytes of the original from `first` on; LeaseLost. Of a download's source the server may give a part at a time.
  asio::awaitable<void> fetch_source(media::Lease const& lease, std::int64_t first, TakeBytes take);
  /// The calls below end in LeaseLost when the lease is stale.
  /// A whole file, or its bytes from `offset` on.
  asio::awaitable<void> put_output(media::Lease const& lease, std::string const& name, std::string const& bytes, std::optional<std::int64_t> offset);
  /// The server may hold its answer back for `watch`, and gives it at once when the task is cancelled.
  asio::awaitable<Renewal> report_progress(media::Lease const& lease, double share, std::chrono::milliseconds watch, std::vector<media::Track> const* made = nullptr);
  asio::awaitable<void> complete(media::Lease const& lease, media::TaskResult const& made);
  asio::awaitable<void> fail(media::Lease const& lease, media::TaskFailure const& failure);

  /// Ends whatever waits with ServerAway.
  void close() { connection_.close(); }

private:
  asio::awaitable<http::response<http::string_body>> call(http::verb method, std::string path, media::Lease const* lease, std::string body, TakeBytes take = nullptr, std::optional<std::int64_t> first = {});
  ServerSettings const& settings_;
  HttpConnection connection_;
};

} // namespace tarina::transcode
