// Every URL of the server. What each file adds stands beside its line.
#include "server/routes.hpp"
#include "server/api/uploads.hpp"
#include "server/api/worker.hpp"
#include "server/interop/interop_routes.hpp"
#include "server/list_throttles.hpp"
#include "server/operations.hpp"
#include "server/pages/public_routes.hpp"
#include "server/pages/studio_routes.hpp"
#include "server/streams.hpp"

namespace tarina::server {

Router make_router(App& app) {
  Router router;
  auto const list_throttles = std::make_shared<ListThrottles>();
  // For everybody
  add_front_routes(router, app);     // GET /  /fields  /institutions
  add_search_routes(router, app);    // GET /stories
  add_watch_routes(router, app);     // GET /stories/{id}
  add_download_routes(router, app);  // GET /stories/{id}/download
  add_class_routes(router, app);     // GET /class/{id}
  add_embed_routes(router, app);     // GET /embed/{id}
  add_list_routes(router, app, list_throttles); // GET POST /lists, GET POST /lists/add, GET /lists/{id}  /lists/{id}/print
  add_list_edit_routes(router, app, list_throttles); // GET POST /lists/edit/{token}, POST /lists/edit/{token}/delete
  add_list_class_routes(router, app); // GET /class/list/{id}
  add_list_embed_routes(router, app); // GET /embed/list/{id}
  add_collection_routes(router, app); // GET /collections  /collections/{id}
  add_join_routes(router, app);      // GET POST /join
  add_info_routes(router, app);      // GET /about  /accessibility  /privacy
  // For alumni, by a personal link; for staff, signed in
  add_studio_routes(router, app);    // /invite/{token} /mine/{token} /sign-in… /sign-out /studio… /admin… /api/v1/studio/…
  // For programs
  add_story_api_routes(router, app); // GET /api/v1/stories…
  add_suggestion_routes(router, app); // GET /api/v1/suggestions
  add_list_api_routes(router, app, list_throttles); // POST /api/v1/lists, GET PUT DELETE /api/v1/lists/{id}, POST /api/v1/lists/{id}/items
  add_upload_routes(router, app);    // tus 1.0.0: OPTIONS POST /api/v1/uploads, OPTIONS HEAD PATCH DELETE /api/v1/uploads/{id}
  add_worker_routes(router, app);    // POST /api/v1/worker/lease, /api/v1/worker/tasks/{id}/source|outputs/…|progress|complete|fail
  add_oembed_routes(router, app);    // GET /oembed
  add_oai_routes(router, app);       // GET POST /oai, GET /oai/lrmi_fi.xsd
  add_sitemap_routes(router, app);   // GET /sitemap.xml  /robots.txt
  add_feed_routes(router, app);      // GET /feeds/stories.rss
  add_export_routes(router, app);    // GET /stories.csv  /stories.json
  add_openapi_routes(router, app);   // GET /api/v1/openapi.json
  // Files
  add_stream_routes(router, app);    // GET /stream/{key}/{name...}
  add_asset_routes(router, app);     // GET /assets/{name...}
  // For whoever runs it
  add_operation_routes(router, app); // GET /healthz  /metrics
  return router;
}

} // namespace tarina::server
