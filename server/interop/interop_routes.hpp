// One endpoint a file.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

void add_oembed_routes(Router&, App&);
void add_oai_routes(Router&, App&);     // /oai, /oai/lrmi_fi.xsd
void add_sitemap_routes(Router&, App&); // /sitemap.xml, /robots.txt

} // namespace tarina::server
