// A page of ours: content in the common layout, in the reader's language.
#pragma once
#include "server/app.hpp"
#include <nlohmann/json.hpp>

namespace tarina::server {

/// "fi", "sv" or "en": ?lang=, else the cookie, else Accept-Language, else Finnish.
std::string_view page_language(Request const& request);

/// What a handler says about its page; web/parts/layout.html shows how each is used.
struct Page { // every member has its value, so that designated initializers may leave the rest out
  std::string_view name = {};               // web/pages/{name}.html
  std::string title = {};                   // without the site's name
  nlohmann::json context = {};              // for the template; "lang", "nonce" and "origin" are added
  std::string description = {};             // <meta name="description">
  std::vector<std::string> styles = {};     // beyond site.css: {"watch.css"}
  std::vector<std::string> scripts = {};    // beyond site.js: {"watch.js"}
  std::vector<std::string> strings = {};    // key prefixes that scripts need by t(): {"player."}
  std::string canonical = {};               // path: "/stories/abc"; alternates in the three languages follow it
  std::string head = {};                    // further markup for <head>, already escaped
  std::string nav = {};                     // current entry: "stories", "fields", "institutions", "join"
  bool noindex = false;
  bool header_search = true;
  bool quiet = false;                  // no menu: for who came by a personal link, the page is the way
  bool bare = false;                   // web/parts/bare.html: no header, no footer, only the styles and scripts named here
  bool studio = false;                 // web/parts/studio-nav.html instead of the public menu; never cached
  PersonPtr person = {};               // context "person": {name, role, administrator, coordinator, editor}
  unsigned status = 200;
};

Response render_page(App& app, Request const& request, Page page);

/// JSON for a <script> element: "<", ">" and "&" escaped.
std::string json_for_script(nlohmann::json const& value);
/// Text or attribute value for markup put together in code.
std::string escape_html(std::string_view text);

} // namespace tarina::server
