// /healthz and /metrics, for whoever runs the machine.
#include "catalog/catalog.hpp"
#include "media/store.hpp"
#include "server/app.hpp"
#include "server/metrics.hpp"
#include "server/operations.hpp"
#include "server/process_figures.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tarina::server {
namespace {

awaitable<Response> health(App& app, Request& request) {
  // A read through the catalog's own connections and a look at the disk: both must work for the service to be of use.
  struct Seen { bool administrator; std::int64_t free; std::string analyser; bool dictionary, building; };
  auto look = [&app](catalog::Catalog& c) {
    auto const& search = c.search_index();
    return Seen{c.has_administrator(), app.store.free_bytes(), search.describe(), search.has_dictionary(), search.needs_rebuild()};
  };
  auto const seen = co_await app.catalog.run(look);
  bool const full = seen.free < app.config.disk_floor_bytes / 2;
  // Without a dictionary search still works, only less well: said here, but no reason to be taken out of service.
  auto response = json({{"status", full ? "disk is nearly full" : "ok"},
                        {"search", {{"finnish", seen.dictionary ? "dictionary" : "stems"}, {"analyser", seen.analyser}, {"index", seen.building ? "building" : "ready"}}}},
                       full ? 503 : 200);
  response.set(http::field::cache_control, no_store);
  static_cast<void>(request);
  co_return response;
}

awaitable<Response> metrics(App& app, Request& request) {
  static_cast<void>(request);
  auto look = [](catalog::Catalog& c) { return c.figures(); };
  auto const figures = co_await app.catalog.run(look);
  auto text_out = app.metrics.text();
  auto gauge = [&](std::string_view name, std::string_view help) {
    text_out += fmt::format("# HELP {} {}\n# TYPE {} gauge\n", name, help, name);
  };
  gauge("tarina_stories", "Stories, by state.");
  for (auto const& [state, count] : figures.stories)
    text_out += fmt::format("tarina_stories{{state=\"{}\"}} {}\n", catalog::state_name(state), count);
  gauge("tarina_tasks", "Transcoding tasks, by state.");
  text_out += fmt::format("tarina_tasks{{state=\"waiting\"}} {}\ntarina_tasks{{state=\"leased\"}} {}\ntarina_tasks{{state=\"quarantined\"}} {}\n",
                          figures.tasks_waiting, figures.tasks_leased, figures.tasks_quarantined);
  gauge("tarina_tasks_longest_waiting_seconds", "Since the oldest waiting task could be taken by a worker.");
  text_out += fmt::format("tarina_tasks_longest_waiting_seconds {}\n", std::chrono::duration<double>(figures.longest_waiting).count());
  gauge("tarina_uploads_unfinished", "Uploads under way or interrupted.");
  text_out += fmt::format("tarina_uploads_unfinished {}\n", figures.uploads_unfinished);
  text_out += process_figures();
  auto response = text(std::move(text_out), "text/plain; version=0.0.4; charset=utf-8");
  response.set(http::field::cache_control, no_store);
  co_return response;
}

} // namespace

void register_gauges(App& app, WorkPool& catalog_pool) {
  app.metrics.add_gauge("tarina_disk_free_bytes", "Bytes free for media.", [&app] { return static_cast<double>(app.store.free_bytes()); });
  app.metrics.add_gauge("tarina_disk_bytes", "Bytes of the disk that media lie on.", [&app] { return static_cast<double>(app.store.disk_bytes()); });
  app.metrics.add_gauge("tarina_disk_floor_bytes", "Uploads are refused when fewer bytes than this are free.", [&app] { return static_cast<double>(app.config.disk_floor_bytes); });
  app.metrics.add_gauge("tarina_catalog_queue", "Catalog calls waiting or running.", [&catalog_pool] { return static_cast<double>(catalog_pool.depth()); });
  app.metrics.add_gauge("tarina_file_queue", "File work waiting or running.", [&app] { return static_cast<double>(app.files.depth()); });
}

void add_operation_routes(Router& router, App& app) {
  router.add(http::verb::get, "/healthz", [&app](Request& r) { return health(app, r); });
  router.add(http::verb::get, "/metrics", [&app](Request& r) { return metrics(app, r); });
}

} // namespace tarina::server
