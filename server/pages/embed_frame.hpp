// What all players for other sites share: their page, and who may frame it.
#pragma once
#include "catalog/vocabulary.hpp"
#include "server/page.hpp"
#include <string>
#include <vector>

namespace tarina::server {

/// A bare page that sets and reads no cookie. Its language: ?lang=, else Accept-Language by page_language, which reads a
/// cookie only when the browser sends one (it does not in a third-party or sandboxed frame).
Page embed_base(std::string_view name, std::string title);

/// The site's policy, with `sites` (sources of frame-ancestors, CSP Level 3) allowed to frame the page in place of nobody.
void allow_frames(Response& response, Request const& request, std::string const& sites);

/// The origins that may frame an institution's stories beside this site: those it named; while it named none, its own web site.
std::vector<std::string> embed_origins(catalog::Institution const* institution);
/// The same as a list of sources, this site first.
std::string frame_sites(catalog::Institution const* institution);

/// The same size as the player that stood here, with words instead of a picture.
Response gone_card(App& app, Request const& request, unsigned status);

} // namespace tarina::server
