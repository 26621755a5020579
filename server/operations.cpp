// /healthz and /metrics, for whoever runs the machine.
#include "catalog/fixity.hpp"
#include "media/store.hpp"
#include "server/app.hpp"
#include "server/fixity/nightly.hpp"
#include "server/metrics.hpp"
#include "server/operations.hpp"
#include "server/process_figures.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <tuple>

namespace tarina::server {
namespace {

/// Damaged files are said here, but no reason to take the service out: everything else is served.
nlohmann::json fixity_of(catalog::FixityFigures const& figures) {
  nlohmann::json finished;
  if (figures.finished) finished = catalog::to_iso8601(*figures.finished->finished_at);
  return {{"files", figures.damaged + figures.missing + figures.unreadable > 0 ? "damaged" : "ok"},
          {"damaged", figures.damaged}, {"missing", figures.missing}, {"unreadable", figures.unreadable}, {"finished", std::move(finished)}};
}

awaitable<Response> health(App& app, Request& request) {
  // A read through the catalog's own connections and a look at the disk: both must work for the service to be of use.
  struct Seen { bool administrator; std::int64_t free; std::string analyser; bool dictionary, broken, building; catalog::FixityFigures fixity; };
  auto look = [&app](catalog::Catalog& c) {
    auto const& search = c.search_index();
    return Seen{c.has_administrator(), app.store.free_bytes(), search.describe(), search.has_dictionary(), search.needs_rebuild(), search.is_building(), catalog::Fixity(c).figures()};
  };
  auto const seen = co_await app.catalog.run(look);
  bool const full = seen.free < app.config.disk_floor_bytes / 2;
  // Without a dictionary search still works, only less well: said here, but no reason to be taken out of service.
  auto response = json({{"status", full ? "disk is nearly full" : "ok"},
                        {"search", {{"finnish", seen.dictionary ? "dictionary" : "stems"}, {"analyser", seen.analyser}, {"index", !seen.broken ? "ready" : seen.building ? "building" : "broken"}}},
                        {"fixity", fixity_of(seen.fixity)}},
                       full ? 503 : 200);
  response.set(http::field::cache_control, no_store);
  static_cast<void>(request);
  co_return response;
}

/// The figures of verification: of this process what was read, of the record what was found.
std::string fixity_text(NightlyFixity const& nightly, catalog::FixityFigures const& figures) {
  std::string out;
  auto one = [&out](std::string_view name, std::string_view type, std::string_view help, auto value) {
    describe(out, name, type, help);
    out += fmt::format("{} {}\n", name, value);
  };
  auto const seconds = [](catalog::Time time) { return time.time_since_epoch().count() / 1000; };
  one("tarina_fixity_files_verified_total", "counter", "Files read and compared with their checksums.", nightly.files_verified());
  one("tarina_fixity_bytes_verified_total", "counter", "Bytes of them.", nightly.bytes_verified());
  one("tarina_fixity_running", "gauge", "1 while a walk through all files is under way.", figures.under_way ? 1 : 0);
  if (figures.finished) one("tarina_fixity_last_finished_timestamp_seconds", "gauge", "When the newest whole walk ended, in seconds since 1970.", seconds(*figures.finished->finished_at));
  describe(out, "tarina_fixity_findings", "gauge", "Files that are not as they should be, by problem.");
  for (auto const& [problem, count] : {std::pair("damaged", figures.damaged), std::pair("missing", figures.missing), std::pair("unreadable", figures.unreadable)})
    out += fmt::format("tarina_fixity_findings{{problem=\"{}\"}} {}\n", problem, count);
  return out;
}

awaitable<Response> metrics(App& app, Request& request) {
  static_cast<void>(request);
  auto look = [](catalog::Catalog& c) { return std::tuple(c.figures(), catalog::Fixity(c).figures(), process_figures()); };
  auto const [figures, fixity, process] = co_await app.catalog.run(look);
  auto text_out = app.metrics.text();
  auto gauge = [&](std::string_view name, std::string_view help) { describe(text_out, name, "gauge", help); };
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
  text_out += fixity_text(app.fixity, fixity);
  text_out += process;
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
