#include "transcode/http_connection.hpp"
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/url/parse.hpp>
#include <stdexcept>
#include <variant>

namespace tarina::transcode {
namespace {

namespace beast = boost::beast;
using asio::use_awaitable;
using Plain = beast::tcp_stream;
using Tls = beast::ssl_stream<beast::tcp_stream>;
using Resolved = asio::ip::tcp::resolver::results_type;

constexpr std::uint64_t answer_limit = 1 << 20;

asio::awaitable<Resolved> resolve(asio::any_io_executor executor, std::string host, std::string port, std::chrono::milliseconds deadline) {
  using namespace asio::experimental::awaitable_operators;
  asio::ip::tcp::resolver resolver(executor);
  asio::steady_timer timer(executor, deadline);
  auto first = co_await (resolver.async_resolve(host, port, use_awaitable) || timer.async_wait(use_awaitable));
  if (first.index() == 1) throw boost::system::system_error(asio::error::timed_out, "looking up " + host);
  co_return std::get<0>(std::move(first));
}

/// Writes the request, reads the answer.
template <class Stream>
asio::awaitable<http::response<http::string_body>> talk(Stream& stream, beast::flat_buffer& buffer, http::request<http::string_body> const& request,
                                                        std::chrono::milliseconds deadline, TakeBytes const& take, bool& answered) {
  auto& lowest = beast::get_lowest_layer(stream);
  lowest.expires_after(deadline);
  co_await http::async_write(stream, request, use_awaitable);
  http::response_parser<http::empty_body> head;
  head.body_limit(boost::none);
  lowest.expires_after(deadline);
  co_await http::async_read_header(stream, buffer, head, use_awaitable);
  answered = true;
  auto const status = head.get().result_int();
  if (!take || (status != 200 && status != 206)) {
    http::response_parser<http::string_body> parser(std::move(head));
    parser.body_limit(answer_limit);
    while (!parser.is_done()) {
      lowest.expires_after(deadline);
      co_await http::async_read_some(stream, buffer, parser, use_awaitable);
    }
    lowest.expires_never();
    co_return parser.release();
  }
  http::response_parser<http::buffer_body> parser(std::move(head));
  parser.body_limit(boost::none);
  std::string piece(256 << 10, '\0');
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    parser.get().body().more = true;
    lowest.expires_after(deadline);
    boost::system::error_code ec;
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(use_awaitable, ec));
    if (ec && ec != http::error::need_buffer) throw boost::system::system_error(ec, "reading a body");
    take({piece.data(), piece.size() - parser.get().body().size});
  }
  lowest.expires_never();
  http::response<http::string_body> answer;
  answer.base() = parser.get().base();
  answer.keep_alive(parser.get().keep_alive());
  co_return answer;
}

} // namespace

struct HttpConnection::Stream {
  std::variant<Plain, Tls> stream;
  beast::flat_buffer buffer;
  bool used = false; // an exchange has ended on it
  Plain& lowest() {
    if (auto* tls = std::get_if<Tls>(&stream)) return beast::get_lowest_layer(*tls);
    return std::get<Plain>(stream);
  }
};

ServerAddress parse_server_address(std::string_view url) {
  auto const parsed = boost::urls::parse_uri(boost::urls::string_view(url.data(), url.size()));
  if (!parsed || (parsed->scheme() != "http" && parsed->scheme() != "https") || parsed->host().empty()) {
    throw std::invalid_argument("the server's address must look like https://stories.example.fi, not \"" + std::string(url) + "\"");
  }
  ServerAddress address;
  address.tls = parsed->scheme() == "https";
  address.host = parsed->host_address();
  address.port = parsed->has_port() ? std::string(parsed->port()) : address.tls ? "443" : "80";
  address.base = std::string(parsed->encoded_path());
  while (address.base.ends_with('/')) address.base.pop_back();
  return address;
}

HttpConnection::HttpConnection(asio::any_io_executor executor, ServerAddress address, asio::ssl::context& tls)
    : executor_(std::move(executor)), address_(std::move(address)), tls_(tls) {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::close() {
  closed_ = true;
  if (stream_) stream_->lowest().cancel();
}

asio::awaitable<void> HttpConnection::connect(std::chrono::milliseconds deadline) {
  auto const where = co_await resolve(executor_, address_.host, address_.port, deadline);
  std::shared_ptr<Stream> made;
  if (address_.tls) made.reset(new Stream{Tls(beast::tcp_stream(executor_), tls_), {}});
  else made.reset(new Stream{Plain(executor_), {}});
  stream_ = made; // so that `close` reaches it
  auto& lowest = made->lowest();
  lowest.expires_after(deadline);
  co_await lowest.async_connect(where, use_awaitable);
  lowest.socket().set_option(asio::ip::tcp::no_delay(true));
  if (auto* tls = std::get_if<Tls>(&made->stream)) {
    if (SSL_set_tlsext_host_name(tls->native_handle(), address_.host.c_str()) != 1) throw std::runtime_error("TLS does not take the server's name");
    tls->set_verify_mode(asio::ssl::verify_peer);
    tls->set_verify_callback(asio::ssl::host_name_verification(address_.host));
    lowest.expires_after(deadline);
    co_await tls->async_handshake(asio::ssl::stream_base::client, use_awaitable);
  }
}

asio::awaitable<http::response<http::string_body>> HttpConnection::exchange(http::request<http::string_body> request, std::chrono::milliseconds deadline, TakeBytes take) {
  request.version(11);
  request.target(address_.base + std::string(request.target()));
  request.set(http::field::host, address_.host + (address_.port == "80" || address_.port == "443" ? "" : ":" + address_.port));
  request.set(http::field::user_agent, "tarina-worker");
  request.keep_alive(true);
  request.prepare_payload();
  for (;;) {
    if (closed_) throw boost::system::system_error(asio::error::operation_aborted);
    if (!stream_) co_await connect(deadline);
    auto const stream = stream_;
    bool answered = false;
    std::exception_ptr error;
    try {
      http::response<http::string_body> answer; // not one ?: with two co_awaits: GCC 12 destroys its result twice
      if (stream->stream.index() == 0) answer = co_await talk(std::get<Plain>(stream->stream), stream->buffer, request, deadline, take, answered);
      else answer = co_await talk(std::get<Tls>(stream->stream), stream->buffer, request, deadline, take, answered);
      stream->used = true;
      if (!answer.keep_alive()) stream_.reset();
      co_return answer;
    } catch (boost::system::system_error const& e) {
      stream_.reset();
      // An idle connection the server has meanwhile closed says nothing about the server.
      if (answered || !stream->used || e.code() == beast::error::timeout || closed_) error = std::current_exception();
    }
    if (error) std::rethrow_exception(error);
  }
}

} // namespace tarina::transcode
