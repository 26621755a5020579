#include "server/api/worker.hpp"
#include "catalog/catalog.hpp"
#include "media/store.hpp"
#include "server/api/worker_outputs.hpp"
#include "server/json_body.hpp"
#include "server/work.hpp"
#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sodium.h>
#include <spdlog/spdlog.h>

namespace tarina::server {
namespace {

constexpr std::chrono::seconds longest_poll{10};
constexpr std::chrono::seconds poll_step{1};        // an expired lease frees a task without anybody ringing
constexpr std::chrono::milliseconds longest_watch{10'000};
constexpr std::chrono::milliseconds watch_step{300}; // how late a cancelled task is told so, and a cheap read each
constexpr std::size_t output_limit = std::size_t{64} << 20;
constexpr std::size_t message_limit = std::size_t{16} << 20; // the facts of a long story have many segments

using WorkerHandler = awaitable<Response> (*)(App&, Request&);

bool has_token(App const& app, Request const& request) {
  auto const header = request.header(http::field::authorization);
  auto const& token = app.work.worker_token;
  constexpr std::string_view scheme = "Bearer ";
  return !token.empty() && header.size() == scheme.size() + token.size() && header.starts_with(scheme) &&
         sodium_memcmp(header.data() + scheme.size(), token.data(), token.size()) == 0;
}

std::int64_t lease_of(Request const& request) {
  auto const text = request.header("Tarina-Lease");
  std::int64_t token = -1; // no lease has it
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), token);
  return error == std::errc() && end == text.data() + text.size() ? token : -1;
}

Error wrong_message() { return {Errc::invalid, "task.message_wrong", "the message is not what was expected here"}; }

awaitable<result<nlohmann::json>> read_message(Request& request) {
  auto body = co_await request.body->read_all(message_limit);
  if (!body) co_return body.error();
  auto parsed = parse_json(*body);
  if (!parsed.is_object()) co_return wrong_message();
  co_return result<nlohmann::json>(boost::system::in_place_value, std::move(parsed));
}

/// Waits up to ten seconds for a task, so that work starts at once and idle workers ask seldom.
awaitable<Response> lease(App& app, Request& request) {
  auto message = co_await read_message(request);
  if (!message) co_return problem(request, message.error());
  auto const worker = message->value("worker", nlohmann::json("worker"));
  std::string const name = worker.is_string() ? worker.get<std::string>().substr(0, 100) : "worker";
  auto const until = std::chrono::steady_clock::now() + longest_poll;
  for (;;) {
    auto const seen = app.work.tasks.rings();
    // A task leased to a worker that has gone would lie idle for the whole lease.
    if (request.body->peer_gone()) co_return no_content();
    auto take = [&](catalog::Catalog& c) -> std::optional<media::Lease> {
      if (app.store.free_bytes() < app.config.disk_floor_bytes / 2) return std::nullopt;
      return c.lease_task(name);
    };
    auto leased = co_await app.catalog.run(take);
    if (leased) co_return json(nlohmann::json(*leased)).set(http::field::cache_control, no_store);
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || app.work.stopping) co_return no_content();
    co_await app.work.tasks.wait(seen, std::min<std::chrono::milliseconds>(left, poll_step));
  }
}

/// The first byte of "bytes=123-", which is how workers ask; 0 without one.
std::int64_t first_byte_of(Request const& request) {
  auto text = request.header(http::field::range);
  constexpr std::string_view unit = "bytes=";
  if (!text.starts_with(unit)) return 0;
  text.remove_prefix(unit.size());
  std::int64_t first = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), first);
  return error == std::errc() && first >= 0 ? first : 0;
}

/// What a download is made of: a part at a time, as RFC 9110 14.4 allows an answer to be.
awaitable<Response> download_source(App& app, Request& request, catalog::LeasedTask const& task, media::DownloadTask const& download) {
  auto const first = first_byte_of(request);
  auto const bytes_in_all = download.picture_bytes + download.sound_bytes;
  auto read = [&]() -> result<std::string> {
    auto record = app.catalog.direct().package(task.package);
    if (!record) return record.error();
    return read_download_source(app.store, task.package, record->facts, download, first);
  };
  auto part = co_await app.files.run(read);
  if (!part) co_return problem(request, part.error());
  auto const last = first + static_cast<std::int64_t>(part->size()) - 1;
  auto response = text(std::move(*part), "application/octet-stream", 206);
  response.set(http::field::content_range, fmt::format("bytes {}-{}/{}", first, last, bytes_in_all));
  response.set(http::field::cache_control, no_store);
  co_return response;
}

awaitable<Response> source(App& app, Request& request) {
  auto const token = lease_of(request);
  auto look = [&](catalog::Catalog& c) { return c.leased_task(request.param("id"), token); };
  auto leased = co_await app.catalog.run(look);
  if (!leased) co_return problem(request, leased.error());
  if (auto const* download = std::get_if<media::DownloadTask>(&leased->task)) {
    auto response = co_await download_source(app, request, *leased, *download);
    co_return response;
  }
  auto open = [&]() { return app.store.open_original(leased->original); };
  auto opened = co_await app.files.run(open);
  if (!opened) co_return problem(request, opened.error());
  co_return file(std::make_shared<media::OpenFile const>(std::move(*opened)), "application/octet-stream", "", no_store);
}

/// Where a piece of a file belongs; negative when that cannot be read.
std::int64_t offset_of(Request const& request) {
  auto const text = request.header("Tarina-Offset");
  std::int64_t offset = text.empty() ? 0 : -1;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  return text.empty() || (error == std::errc() && end == text.data() + text.size()) ? offset : -1;
}

awaitable<Response> put_output(App& app, Request& request) {
  auto const token = lease_of(request);
  auto const& name = request.param("name");
  auto look = [&](catalog::Catalog& c) { return c.leased_task(request.param("id"), token); };
  auto task = co_await app.catalog.run(look);
  if (!task) co_return problem(request, task.error());
  if (!media::is_output_name(name) || !may_write(task->task, name))
    co_return problem(request, {Errc::invalid, "task.output_not_allowed", "this task does not make such a file"});
  auto const* download = std::get_if<media::DownloadTask>(&task->task);
  auto const offset = download ? offset_of(request) : 0;
  if (offset < 0) co_return problem(request, wrong_message());
  auto body = co_await request.body->read_all(output_limit);
  if (!body) co_return problem(request, body.error());
  // Asked again right before the write: the lease may have been lost while the body came.
  auto write = [&]() -> result<void> {
    auto& c = app.catalog.direct();
    auto still = c.leased_task(request.param("id"), token);
    if (!still) return still.error();
    if (download && offset + static_cast<std::int64_t>(body->size()) > download->picture_bytes + download->sound_bytes + media::download_index_bytes)
      return Error{Errc::too_large, "task.output_too_large", "a download is hardly larger than what it is made of"};
    auto done = download ? app.store.append_staged(still->package, name, offset, *body) : app.store.write_staged(still->package, name, *body);
    if (!done) return done;
    // Erased meanwhile: whoever removed the files may have been here before this one was written.
    auto const package = c.package(still->package);
    if (package) return {};
    app.store.remove_staged(still->package);
    return package.error();
  };
  auto written = co_await app.files.run(write);
  if (!written) co_return problem(request, written.error());
  co_return no_content();
}

/// How long a worker wants the answer held back, so that it learns at once when nobody wants its work any more.
std::chrono::milliseconds watch_of(nlohmann::json const& message) {
  auto const wanted = integer_of(message.value("watch_ms", nlohmann::json(0))).value_or(0);
  return std::chrono::milliseconds(std::clamp<std::int64_t>(wanted, 0, longest_watch.count()));
}

awaitable<bool> is_lost_within(App& app, Request& request, std::chrono::milliseconds time) {
  auto const until = std::chrono::steady_clock::now() + time;
  auto ask = [&](catalog::Catalog& c) { return c.leased_task(request.param("id"), lease_of(request)).has_error(); };
  for (;;) {
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || app.work.stopping || request.body->peer_gone()) co_return false;
    auto const wait = std::min(left, watch_step);
    co_await app.work.tasks.wait(app.work.tasks.rings(), wait);
    bool const lost = co_await app.catalog.run(ask);
    if (lost) co_return true;
  }
}

/// Nothing when the JSON is not a T.
template <class T> std::optional<T> read_as(nlohmann::json const& message, char const* key) {
  try {
    return message.at(key).get<T>();
  } catch (nlohmann::json::exception const&) {
    return std::nullopt;
  }
}

awaitable<Response> progress(App& app, Request& request) {
  auto message = co_await read_message(request);
  if (!message) co_return problem(request, message.error());
  auto const fraction = message->value("fraction", nlohmann::json(0.0));
  if (!fraction.is_number()) co_return problem(request, wrong_message());
  auto const made = read_as<media::TaskResult>(*message, "made");
  auto const* tracks = made ? std::get_if<std::vector<media::Track>>(&*made) : nullptr;
  auto renew = [&](catalog::Catalog& c) {
    return c.renew_task(request.param("id"), lease_of(request), std::clamp(fraction.get<double>(), 0.0, 1.0), tracks ? *tracks : std::vector<media::Track>());
  };
  auto renewed = co_await app.catalog.run(renew);
  if (!renewed) co_return problem(request, renewed.error());
  if (!renewed->cancelled) renewed->cancelled = co_await is_lost_within(app, request, watch_of(*message));
  co_return json({{"expires_in_ms", renewed->expires_in.count()}, {"cancelled", renewed->cancelled}});
}

awaitable<Response> complete(App& app, Request& request) {
  auto message = co_await read_message(request);
  if (!message) co_return problem(request, message.error());
  auto const reported = read_as<media::TaskResult>(*message, "result");
  if (!reported) co_return problem(request, {Errc::invalid, "task.result_wrong", "the result cannot be read"});
  auto const id = request.param("id");
  auto const token = lease_of(request);
  auto finish = [&]() -> result<catalog::Completion> {
    auto& c = app.catalog.direct();
    auto task = c.leased_task(id, token);
    if (!task) return c.complete_task(id, token, *reported); // whose answer was lost hears it again; anybody else is refused
    if (auto fine = check_outputs(app.store, task->package, task->task, *reported); !fine) return fine.error();
    auto completion = c.complete_task(id, token, *reported);
    if (completion && completion->package_complete) {
      // The task is done whatever comes of this: a failed move is tried again by the sweep.
      if (auto published = publish_complete_package(c, app.store, completion->package); !published)
        spdlog::warn("package {} waits to be published: {}", completion->package, published.error().detail);
    }
    return completion;
  };
  auto completion = co_await app.files.run(finish);
  if (!completion) co_return problem(request, completion.error());
  app.work.tasks.ring(); // a probe brings new tasks
  co_return json({{"package_complete", completion->package_complete}});
}

awaitable<Response> fail(App& app, Request& request) {
  auto message = co_await read_message(request);
  if (!message) co_return problem(request, message.error());
  auto const failure = read_as<media::TaskFailure>(*message, "failure");
  if (!failure) co_return problem(request, wrong_message());
  auto record = [&](catalog::Catalog& c) { return c.fail_task(request.param("id"), lease_of(request), *failure); };
  auto failed = co_await app.catalog.run(record);
  if (!failed) co_return problem(request, failed.error());
  app.work.tasks.ring();
  co_return no_content();
}

awaitable<Response> guarded(App& app, WorkerHandler handler, Request& request) {
  if (!has_token(app, request)) {
    auto response = problem(request, {Errc::unauthenticated, "worker.token_wrong", "the worker token is missing or wrong"});
    response.set(http::field::www_authenticate, "Bearer");
    co_return response;
  }
  auto response = co_await handler(app, request);
  co_return response;
}

} // namespace

void add_worker_routes(Router& router, App& app) {
  using http::verb;
  auto add = [&](verb method, std::string_view pattern, WorkerHandler handler) {
    router.add(method, pattern, [&app, handler](Request& r) { return guarded(app, handler, r); });
  };
  add(verb::post, "/api/v1/worker/lease", lease);
  add(verb::get, "/api/v1/worker/tasks/{id}/source", source);
  add(verb::put, "/api/v1/worker/tasks/{id}/outputs/{name...}", put_output);
  add(verb::post, "/api/v1/worker/tasks/{id}/progress", progress);
  add(verb::post, "/api/v1/worker/tasks/{id}/complete", complete);
  add(verb::post, "/api/v1/worker/tasks/{id}/fail", fail);
}

} // namespace tarina::server
