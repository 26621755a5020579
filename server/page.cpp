#include "server/page.hpp"
#include "catalog/person.hpp"
#include "server/templates.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <array>

namespace tarina::server {

using Json = nlohmann::json;

namespace {

struct LanguageName {
  std::string_view code, label, name;
};
constexpr std::array<LanguageName, 3> languages{{{"fi", "FI", "suomi"}, {"sv", "SV", "svenska"}, {"en", "EN", "English"}}};

std::string_view known(std::string_view code) {
  for (auto const& language : languages)
    if (code == language.code) return language.code;
  return {};
}

/// The first language of ours in Accept-Language, in the client's order of quality (RFC 9110, 12.5.4).
std::string_view accepted(std::string_view header) {
  std::string_view best;
  double best_quality = 0;
  while (!header.empty()) {
    auto const comma = header.find(',');
    auto item = header.substr(0, comma);
    header.remove_prefix(comma == std::string_view::npos ? header.size() : comma + 1);
    while (item.starts_with(' ')) item.remove_prefix(1);
    double quality = 1;
    if (auto const q = item.find(";q="); q != std::string_view::npos) quality = std::atof(std::string(item.substr(q + 3)).c_str());
    auto const code = known(item.substr(0, 2));
    bool const whole = item.size() <= 2 || item[2] == '-' || item[2] == ';' || item[2] == ' ';
    if (!code.empty() && whole && quality > best_quality) {
      best = code;
      best_quality = quality;
    }
  }
  return best;
}

/// The address of this page in another language: the same query with lang replaced.
std::string in_language(Request const& request, std::string_view code) {
  std::string href = request.target.substr(0, request.target.find('?'));
  href.erase(0, std::min(href.find_first_not_of('/'), href.size())); // "//host" would lead to another site
  href.insert(0, "/");
  std::string query;
  for (auto const& [name, value] : request.query.pairs())
    if (name != "lang") query += (query.empty() ? "?" : "&") + percent_encode(name) + "=" + percent_encode(value);
  href += query + (query.empty() ? "?lang=" : "&lang=");
  return href.append(code);
}

Json described(catalog::Person const& person) {
  return {{"name", person.name},
          {"role", std::string(catalog::role_name(person.role))},
          {"administrator", person.role == catalog::Role::administrator},
          {"coordinator", person.role == catalog::Role::coordinator},
          {"editor", person.role == catalog::Role::editor}};
}

} // namespace

std::string_view page_language(Request const& request) {
  if (auto const asked = known(request.query.get("lang")); !asked.empty()) return asked;
  if (auto const cookie = request.cookie("lang")) {
    if (auto const chosen = known(*cookie); !chosen.empty()) return chosen;
  }
  if (auto const wished = accepted(request.header(http::field::accept_language)); !wished.empty()) return wished;
  return languages[0].code;
}

Response render_page(App& app, Request const& request, Page page) {
  auto const lang = page_language(request);
  auto const origin = origin_of(app.config, request);
  page.context["lang"] = lang;
  page.context["nonce"] = request.nonce;
  page.context["origin"] = origin;
  if (page.person) page.context["person"] = described(*page.person);

  Json layout{{"lang", lang},
              {"title", page.title},
              {"front", page.name == "front"},
              {"description", page.description},
              {"noindex", page.noindex},
              {"nonce", request.nonce},
              {"head", page.head},
              {"quiet", page.quiet},
              {"studio", page.studio},
              {"header_search", page.header_search},
              {"nav_" + page.nav, true}};
  if (page.person) layout["person"] = page.context["person"];
  if (page.context.contains("section")) layout["section"] = page.context["section"]; // for the studio's menu
  if (auto const theme = request.cookie("theme"); theme && (*theme == "dark" || *theme == "light")) layout["theme"] = *theme;

  auto& styles = layout["styles"] = Json::array();
  auto& scripts = layout["scripts"] = Json::array();
  if (!page.bare) {
    styles.push_back(app.templates.asset("site.css"));
    scripts.push_back(app.templates.asset("site.js"));
  }
  for (auto const& name : page.styles) styles.push_back(app.templates.asset(name));
  for (auto const& name : page.scripts) scripts.push_back(app.templates.asset(name));
  if (!page.strings.empty()) layout["strings_json"] = app.templates.strings_json(lang, page.strings);

  auto& choices = layout["languages"] = Json::array();
  for (auto const& language : languages)
    choices.push_back({{"code", language.code},
                       {"short", language.label},
                       {"name", language.name},
                       {"current", language.code == lang},
                       {"href", in_language(request, language.code)}});
  if (!page.canonical.empty()) {
    auto const address = origin + page.canonical;
    auto const sign = page.canonical.find('?') == std::string::npos ? "?lang=" : "&lang=";
    // A version in a language of its own is an address of its own: search engines drop alternates that call another one canonical.
    layout["canonical"] = known(request.query.get("lang")).empty() ? address : address + sign + std::string(lang);
    auto& alternates = layout["alternates"] = Json::array();
    for (auto const& language : languages)
      alternates.push_back({{"lang", language.code}, {"href", address + sign + std::string(language.code)}});
    alternates.push_back({{"lang", "x-default"}, {"href", address}});
  }
  layout["content"] = app.templates.render(page.name, page.context, lang);

  Response response = html(app.templates.render(page.bare ? "bare" : "layout", layout, lang), page.status);
  response.set(http::field::cache_control, page.studio ? "no-store" : "private, no-cache");
  response.set(http::field::vary, "Accept-Language, Cookie");
  response.set(http::field::content_language, lang);
  if (!known(request.query.get("lang")).empty()) {
    auto cookie = "lang=" + std::string(lang) + "; Path=/; Max-Age=31536000; SameSite=Lax";
    if (request.scheme == "https") cookie += "; Secure";
    response.headers.insert(http::field::set_cookie, cookie);
  }
  return response;
}

std::string json_for_script(Json const& value) {
  auto const plain = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  out.reserve(plain.size() + plain.size() / 16);
  for (char const c : plain) {
    if (c == '<') out += "\\u003c";
    else if (c == '>') out += "\\u003e";
    else if (c == '&') out += "\\u0026";
    else out += c;
  }
  return out;
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (char const c : text) {
    switch (c) {
    case '&': out += "&amp;"; break;
    case '<': out += "&lt;"; break;
    case '>': out += "&gt;"; break;
    case '"': out += "&quot;"; break;
    case '\'': out += "&#39;"; break;
    default: out += c;
    }
  }
  return out;
}

} // namespace tarina::server
