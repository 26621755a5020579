// A server whose pages render, people of every role in two institutions, and forms sent as browsers send them.
#pragma once
#include "server/pages/consent_view.hpp"
#include "service_fixture.hpp"
#include <nlohmann/json.hpp>

namespace fixture {

using catalog::Actor;
using catalog::Role;

inline std::string form_encoded(std::vector<std::pair<std::string, std::string>> const& values) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  auto const add = [&out](std::string const& text) {
    for (unsigned char const c : text) {
      if (std::isalnum(c)) out += static_cast<char>(c);
      else out.append({'%', digits[c >> 4], digits[c & 15]});
    }
  };
  for (auto const& [name, value] : values) {
    if (!out.empty()) out += '&';
    add(name);
    out += '=';
    add(value);
  }
  return out;
}

/// Assets by name, so that every page of ours renders without a web build.
inline void name_assets(server::Config& config) {
  std::ofstream(config.web / "dist" / "manifest.json")
      << R"({"site.css":"/assets/site.css","site.js":"/assets/site.js","studio.css":"/assets/studio.css","studio.js":"/assets/studio.js","watch.css":"/assets/watch.css","watch.js":"/assets/watch.js",)"
         R"("invite.js":"/assets/invite.js","subtitle_editor.js":"/assets/subtitle_editor.js","list.css":"/assets/list.css","lists.js":"/assets/lists.js","class.css":"/assets/class.css","class_list.js":"/assets/class_list.js","embed.css":"/assets/embed.css","embed.js":"/assets/embed.js","mark.svg":"/assets/mark.svg","text.woff2":"/assets/text.woff2"})";
}

struct Studio : Site {
  Studio() : Site(name_assets) {}

  catalog::Person add_person(std::string const& name, Role role, std::string const& institution = {}) {
    catalog::NewPerson fresh;
    fresh.email = name + "@example.org";
    fresh.name = name;
    fresh.role = role;
    fresh.institution = institution;
    return catalog().create_person(Actor::system(), fresh).value();
  }
  /// A Cookie line of a signed-in person.
  std::string cookie_of(catalog::Person const& person) {
    return "Cookie: session=" + catalog().open_session(person.id, std::chrono::hours(1)).value() + "\r\n";
  }
  std::string signed_in(std::string const& name, Role role, std::string const& institution = {}) { return cookie_of(add_person(name, role, institution)); }

  std::string story_of(std::string const& institution, std::string const& title = "Tarina") {
    catalog::StoryDetails details;
    details.institution = institution;
    details.title.fi = title;
    details.languages = {"fi"};
    return catalog().create_story(Actor::system(), details).value().id;
  }
  Answer get(std::string const& path, std::string const& cookie = {}) { return fetch(port(), "GET", path, "Accept: text/html\r\nAccept-Language: fi\r\n" + cookie); }
  Answer post(std::string const& path, std::vector<std::pair<std::string, std::string>> const& values, std::string const& cookie = {}) {
    return fetch(port(), "POST", path, "Accept: text/html\r\nAccept-Language: fi\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n" + cookie, form_encoded(values));
  }
  Answer put_json(std::string const& path, nlohmann::json const& value, std::string const& cookie) {
    return fetch(port(), "PUT", path, "Accept: application/json\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n" + cookie, value.dump());
  }
};

/// The page a form's redirect leads to, its address without the fragment.
inline Answer followed(Studio& site, Answer const& answer, std::string const& cookie = {}) {
  REQUIRE(answer.status == 303);
  auto const& address = answer.headers.at("location");
  return site.get(address.substr(0, address.find('#')), cookie);
}

inline bool shows(Answer const& answer, std::string_view words) { return answer.body.find(words) != std::string::npos; }

/// "/mine/abc" of a redirect; empty without one.
inline std::string location(Answer const& answer) { return answer.has("location") ? answer.headers.at("location") : std::string(); }

} // namespace fixture
