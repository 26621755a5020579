// One keep-alive HTTP/1.1 connection to the server, plain or TLS, with a deadline on every wait.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tarina::transcode {

namespace asio = boost::asio;
namespace http = boost::beast::http;

/// Where the server is, from "https://stories.example.fi/base".
struct ServerAddress {
  bool tls = false;
  std::string host;
  std::string port;
  std::string base; // path before "/api", without a slash at the end
};

/// Throws std::invalid_argument with a sentence for the operator.
ServerAddress parse_server_address(std::string_view url);

/// Takes a piece of a body.
using TakeBytes = std::function<void(std::string_view)>;

class HttpConnection {
public:
  HttpConnection(asio::any_io_executor, ServerAddress, asio::ssl::context&);
  ~HttpConnection();
  HttpConnection(HttpConnection const&) = delete;
  HttpConnection& operator=(HttpConnection const&) = delete;

  /// Sends and receives. Connects first when there is no connection, and once more when the server closed an idle one.
  /// Every single wait lasts at most `deadline`. Throws boost::system::system_error when the server cannot be reached.
  /// With `take`, a body of status 200 or 206 goes there piece by piece instead of into the response.
  asio::awaitable<http::response<http::string_body>> exchange(http::request<http::string_body> request, std::chrono::milliseconds deadline, TakeBytes take = nullptr);

  /// Ends whatever waits, from the same thread.
  void close();

private:
  struct Stream;
  asio::awaitable<void> connect(std::chrono::milliseconds deadline);
  asio::any_io_executor executor_;
  ServerAddress address_;
  asio::ssl::context& tls_;
  std::shared_ptr<Stream> stream_;
  bool closed_ = false;
};

} // namespace tarina::transcode
