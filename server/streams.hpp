// /stream/{key}/…: playlists, segments, posters. A key stands for one package and one use, or is a signed preview.
#pragma once
#include "server/app.hpp"

namespace tarina::server {

void add_stream_routes(Router&, App&);
void add_asset_routes(Router&, App&); // server/assets.cpp

/// By the file name's extension; "application/octet-stream" for what we do not know.
std::string_view stream_content_type(std::string_view name);

} // namespace tarina::server
