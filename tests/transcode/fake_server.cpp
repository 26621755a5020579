#include "tests/transcode/fake_server.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace tarina::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

FakeServer::FakeServer(asio::io_context& io) : io_(io), acceptor_(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  port_ = acceptor_.local_endpoint().port();
  asio::co_spawn(io_, listen(), asio::detached);
}

void FakeServer::stop() {
  acceptor_.close();
  for (auto const& weak : sockets_) {
    if (auto const socket = weak.lock()) socket->close();
  }
}

asio::awaitable<void> FakeServer::listen() {
  for (;;) {
    boost::system::error_code ec;
    auto accepted = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return;
    auto const socket = std::make_shared<tcp::socket>(std::move(accepted));
    sockets_.push_back(socket);
    asio::co_spawn(io_, serve(socket), asio::detached);
  }
}

asio::awaitable<void> FakeServer::serve(std::shared_ptr<tcp::socket> socket) {
  boost::beast::flat_buffer buffer;
  boost::system::error_code ec;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(64 << 20);
    co_await http::async_read(*socket, buffer, parser, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return;
    auto const request = parser.release();
    std::string path(request.target());
    auto call = path.substr(path.find("/worker/") + 8);
    if (call.starts_with("tasks/")) call = call.substr(call.find('/', 6) + 1);
    call = std::string(request.method_string()) + " " + call;
    calls.push_back(call);
    int const status = call == "POST lease" ? 0 : interfere(call);
    if (status < 0) {
      socket->close();
      co_return;
    }
    auto response = answer(request, call);
    if (status > 0) response = Response(static_cast<http::status>(status), 11);
    if (request[http::field::authorization] != "Bearer " + token) response = Response(http::status::unauthorized, 11);
    response.keep_alive(true);
    response.prepare_payload();
    co_await http::async_write(*socket, response, asio::redirect_error(asio::use_awaitable, ec));
    if (ec) co_return;
    if (status == 0) {
      if (call == "POST complete") completed.push_back(nlohmann::json::parse(request.body()).at("result").get<media::TaskResult>());
      if (call == "POST fail") failed.push_back(nlohmann::json::parse(request.body()).at("failure").get<media::TaskFailure>());
      if (call.starts_with("PUT outputs/")) outputs[call.substr(12)] = request.body();
    }
    on_call(call);
    if (call == "POST complete" || call == "POST fail") on_end();
  }
}

FakeServer::Response FakeServer::answer(Request const& request, std::string const& call) {
  Response response(http::status::no_content, 11);
  if (call == "POST lease") {
    name = nlohmann::json::parse(request.body()).at("worker").get<std::string>();
    if (leases.empty()) return response;
    response.result(http::status::ok);
    response.body() = nlohmann::json(leases.front()).dump();
    leases.pop_front();
  } else if (call == "GET source") {
    std::string const range(request[http::field::range]);
    ranges.push_back(range);
    auto const first = range.empty() ? 0 : std::stoul(range.substr(6));
    response.result(range.empty() ? http::status::ok : http::status::partial_content);
    response.body() = source.substr(first);
  } else if (call == "POST progress") {
    watched_ms = nlohmann::json::parse(request.body()).at("watch_ms").get<std::int64_t>();
    response.result(http::status::ok);
    response.body() = nlohmann::json{{"expires_in_ms", 1000}, {"cancelled", cancelled}}.dump();
  }
  return response;
}

} // namespace tarina::test
