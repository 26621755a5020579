// The pages that need no sign-in, and what machines read of published stories.
#pragma once
#include "server/app.hpp"
#include <memory>

namespace tarina::server {

struct ListThrottles; // server/list_throttles.hpp

void add_front_routes(Router&, App&);     // /, /fields, /institutions
void add_search_routes(Router&, App&);    // /stories
void add_watch_routes(Router&, App&);     // /stories/{id}
void add_download_routes(Router&, App&);  // /stories/{id}/download
void add_class_routes(Router&, App&);     // /class/{id}
void add_embed_routes(Router&, App&);     // /embed/{id}
void add_join_routes(Router&, App&);      // /join
void add_list_routes(Router&, App&, std::shared_ptr<ListThrottles>); // /lists, /lists/add, /lists/{id}, /lists/{id}/print
void add_list_edit_routes(Router&, App&, std::shared_ptr<ListThrottles>); // /lists/edit/{token}…
void add_list_class_routes(Router&, App&); // /class/list/{id}
void add_list_embed_routes(Router&, App&); // /embed/list/{id}
void add_collection_routes(Router&, App&); // /collections, /collections/{id}
void add_list_api_routes(Router&, App&, std::shared_ptr<ListThrottles>); // /api/v1/lists…
void add_info_routes(Router&, App&);      // /about, /accessibility, /privacy
void add_story_api_routes(Router&, App&); // /api/v1/stories…
void add_suggestion_routes(Router&, App&); // /api/v1/suggestions
// /oembed, /sitemap.xml, /robots.txt: server/interop/interop_routes.hpp

} // namespace tarina::server
