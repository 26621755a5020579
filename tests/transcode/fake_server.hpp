// A server of the worker API that does what a test says: one task, failures on demand, and a record of what came.
#pragma once
#include "media/tasks.hpp"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <deque>
#include <functional>
#include <map>

namespace tarina::test {

class FakeServer {
public:
  explicit FakeServer(boost::asio::io_context& io);
  int port() const { return port_; }
  /// Closes every connection and the door.
  void stop();

  std::string token = "secret";
  std::string source;                    // bytes of every original
  std::deque<media::Lease> leases;       // handed out in order
  std::map<std::string, std::string> outputs;
  std::vector<std::string> calls;        // "POST lease", "PUT outputs/v360/init.mp4"
  std::vector<media::TaskResult> completed;
  std::vector<media::TaskFailure> failed;
  std::vector<std::string> ranges;       // of source requests
  std::string name;                      // the worker's
  std::int64_t watched_ms = 0;           // how long the last renewal let its answer be held back
  bool cancelled = false;                // said to every renewal
  /// Asked before every call that carries a lease; 0 goes on, any other status is the answer, -1 closes the connection.
  std::function<int(std::string const& call)> interfere = [](std::string const&) { return 0; };
  /// Called after a task ended in any way.
  std::function<void()> on_end = [] {};
  /// Called after every call.
  std::function<void(std::string const& call)> on_call = [](std::string const&) {};

private:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;
  boost::asio::awaitable<void> listen();
  boost::asio::awaitable<void> serve(std::shared_ptr<boost::asio::ip::tcp::socket> socket);
  Response answer(Request const& request, std::string const& call);

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  int port_ = 0;
  std::vector<std::weak_ptr<boost::asio::ip::tcp::socket>> sockets_;
};

} // namespace tarina::test
