// GET /oembed?url=&maxwidth=&maxheight=&format=: oEmbed 1.0 (oembed.com), type video, one iframe.
#include "catalog/catalog.hpp"
#include "media/sound_data.hpp"
#include "server/interop/embed_code.hpp"
#include "server/interop/interop_routes.hpp"
#include "server/interop/xml.hpp"
#include "server/pages/list_view.hpp"
#include "server/pages/player_view.hpp"
#include "server/templates.hpp"
#include <charconv>
#include <fmt/format.h>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

/// The path of an address of ours without its query; empty for others.
std::string_view own_path(std::string_view url, std::string_view origin) {
  // Behind a proxy http and https name the same site.
  auto const host = [](std::string_view address) {
    auto const scheme = address.find("://");
    return scheme == std::string_view::npos ? address : address.substr(scheme + 3);
  };
  auto rest = host(url);
  auto const own = host(origin);
  if (!rest.starts_with(own)) return {};
  rest.remove_prefix(own.size());
  return rest.substr(0, rest.find_first_of("?#"));
}

/// What follows one of the prefixes, when it is one segment.
std::string id_after(std::initializer_list<std::string_view> prefixes, std::string_view path) {
  for (auto prefix : prefixes)
    if (path.starts_with(prefix)) {
      auto const id = path.substr(prefix.size());
      return id.find('/') == std::string_view::npos ? std::string(id) : std::string{};
    }
  return {};
}

int positive(std::string const& text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value > 0 && value < 100000 ? value : 0;
}

std::string as_xml(Json const& answer) {
  std::string out = "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<oembed>\n"; // as section 2.3.4.3 has it
  for (auto const& [key, value] : answer.items()) {
    add_element(out, key, value.is_string() ? value.get<std::string>() : value.dump());
    out += '\n';
  }
  return out + "</oembed>\n";
}

Response answered(std::string const& format, Json const& answer) {
  return format == "xml" ? text(as_xml(answer), "text/xml; charset=utf-8") : json(answer);
}

/// Of a lesson list or collection: the same kind of answer, without a picture. 404 when nothing in it may be embedded.
awaitable<Response> show_list(App& app, Request& request, std::string id) {
  auto call = [&id](catalog::Catalog& c) { return find_shown_list(c, id, catalog::Use::embed); };
  auto const shown = co_await app.catalog.run(call);
  if (!shown) co_return problem(request, 404, shown.error());
  if (shown->items.empty()) co_return problem(request, {Errc::not_found, "list.unknown", "no such list"});
  auto const origin = origin_of(app.config, request);
  auto const& title = shown->list.contents.title;
  auto const size = list_embed_size(positive(request.query.get("maxwidth")), positive(request.query.get("maxheight")));
  Json const answer{{"version", "1.0"},
                    {"type", "video"},
                    {"provider_name", app.templates.text(page_language(request), "site.name")},
                    {"provider_url", origin + "/"},
                    {"title", title},
                    {"width", size.width},
                    {"height", size.height},
                    {"html", list_embed_code(origin, id, title, size)},
                    {"cache_age", 3600}};
  co_return answered(request.query.get("format"), answer);
}

bool fits(int length, int limit) { return limit == 0 || length <= limit; }

awaitable<Response> show_oembed(App& app, Request& request) {
  auto const& format = request.query.get("format");
  if (!format.empty() && format != "json" && format != "xml") {
    Response refused = text("This format is not offered: ask for json or xml.\n", "text/plain; charset=utf-8", 501); // as the specification says
    co_return refused;
  }
  auto const origin = origin_of(app.config, request);
  auto const path = own_path(request.query.get("url"), origin);
  if (auto list = id_after({"/lists/", "/collections/", "/embed/list/", "/class/list/"}, path); !list.empty()) co_return co_await show_list(app, request, std::move(list));
  auto const id = id_after({"/stories/", "/embed/", "/class/"}, path);
  if (id.empty()) co_return problem(request, Error{Errc::not_found, "story.unknown", "the url is no story of this site"});
  auto call = [&id](catalog::Catalog& c) { return load_story(c, id, catalog::Use::embed); };
  auto const shown = co_await app.catalog.run(call);
  // Section 2.3.4.4 knows 404 for whatever there is no answer to; that a story exists which may not be embedded is told to nobody.
  if (!shown) co_return problem(request, 404, shown.error());
  auto const lang = page_language(request);
  auto const& story = shown->story;
  auto const title = story.details.title.in(lang);
  int const max_width = positive(request.query.get("maxwidth"));
  int const max_height = positive(request.query.get("maxheight"));
  auto const size = embed_size(story.width, story.height, max_width, max_height);

  Json answer{{"version", "1.0"},
              {"type", "video"},
              {"provider_name", app.templates.text(lang, "site.name")},
              {"provider_url", origin + "/"},
              {"title", title},
              {"width", size.width},
              {"height", size.height},
              {"html", embed_code(origin, story.id, title, size)},
              {"cache_age", 3600}};
  if (!story.details.shown_name.empty()) answer["author_name"] = story.details.shown_name;
  // Thumbnail address, width and height go together or not at all, and only within the limits asked for.
  int const width = story.width ? story.width : media::cover_width;
  int const height = story.height ? story.height : media::cover_height;
  auto const poster = poster_address(shown->access.stream_key, story.poster);
  if (!poster.empty() && fits(width, max_width) && fits(height, max_height)) {
    answer["thumbnail_url"] = origin + poster;
    answer["thumbnail_width"] = width;
    answer["thumbnail_height"] = height;
  }
  co_return answered(format, answer);
}

} // namespace

void add_oembed_routes(Router& router, App& app) {
  router.add(http::verb::get, "/oembed", [&app](Request& r) { return show_oembed(app, r); });
}

} // namespace tarina::server
