// Coroutine vocabulary of the server: one io_context per core, concrete executors, sockets never move between threads.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tarina::server {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
template <class T> using awaitable = asio::awaitable<T, Executor>;
using use_awaitable_t = asio::use_awaitable_t<Executor>;
inline constexpr use_awaitable_t use_awaitable{};

// House rule (GCC 12 double-frees it): never write a capturing lambda or a braced value ({…}, Type{…}) inside a co_await
// expression, nor two co_awaits in one ?:. Name it first.

} // namespace tarina::server
