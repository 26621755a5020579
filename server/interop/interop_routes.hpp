// One endpoint a file.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

void add_oembed_routes(Router&, App&);
void add_oai_routes(Router&, App&);     // /oai, /oai/lrmi_fi.xsd
void add_sitemap_routes(Router&, App&); // /sitemap.xml, /robots.txt
void add_feed_routes(Router&, App&);    // /feeds/stories.rss
void add_export_routes(Router&, App&);  // /stories.csv, /stories.json
void add_openapi_routes(Router&, App&); // /api/v1/openapi.json

} // namespace tarina::server
