// What handlers work with. main.cpp makes one; every add_…_routes(Router&, App&) takes what it needs from it.
#pragma once
#include "server/catalog_client.hpp"
#include "server/config.hpp"
#include "server/identity.hpp"
#include "server/router.hpp"
#include <functional>
#include <vector>

namespace tarina::media { class MediaStore; }

namespace tarina::server {

class Templates;  // server/templates.hpp
class Metrics;    // server/metrics.hpp
struct Work;      // server/work.hpp
class ShownOnce;  // server/shown_once.hpp
class NightlyFixity; // server/fixity/nightly.hpp

/// Lives longer than every handler. A handler file ends with
///   void add_watch_routes(Router& router, App& app) {
///     router.add(http::verb::get, "/stories/{id}", [&app](Request& r) { return show_story(app, r); });
///   }
/// where show_story is a free coroutine `awaitable<Response> show_story(App&, Request&)`.
struct App {
  Config const& config;
  CatalogClient catalog;     // co_await app.catalog.run(call), call(catalog::Catalog&)
  media::MediaStore& store;  // blocking: co_await app.files.run(call)
  WorkPool& files;           // threads for file work
  Identity& identity;
  Templates& templates;
  Metrics& metrics;
  Work& work;
  ShownOnce& shown_once;
  NightlyFixity& fixity;
  std::vector<std::function<void()>> each_sweep = {}; // added with the routes: what keeps something lets go of it in time
};

} // namespace tarina::server
