#include "server/interop/embed_code.hpp"
#include "server/page.hpp"
#include "server/pages/player_view.hpp"
#include "catalog/search/index.hpp"
#include "server/pages/transcript_view.hpp"
#include "server/templates.hpp"
#include "server/wording.hpp"
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace tarina;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

/// A web folder with one page, gone afterwards.
struct WebFolder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("tarina-web-" + std::to_string(::getpid()));
  WebFolder() {
    for (auto const* folder : {"pages", "parts", "i18n", "dist"}) std::filesystem::create_directories(path / folder);
    write("i18n/public.fi.json", R"({"hello": "Hei {name}", "n.one": "1 tarina", "n.other": "{n} tarinaa", "only": "vain suomeksi"})");
    write("i18n/public.sv.json", R"({"hello": "Hej {name}", "n.one": "1 berättelse", "n.other": "{n} berättelser"})");
    write("i18n/public.en.json", R"({"hello": "Hello {name}", "n.one": "1 story", "n.other": "{n} stories"})");
    write("dist/manifest.json", R"({"site.js": "/assets/site-1.js"})");
    write("dist/icons.json", R"({"play": "<svg></svg>"})");
  }
  ~WebFolder() { std::filesystem::remove_all(path); }
  void write(std::string const& name, std::string const& text) const { std::ofstream(path / name) << text; }
};

media::Cue cue(std::chrono::milliseconds start, std::chrono::milliseconds end, std::string text, std::string speaker = {}) {
  return {start, end, std::move(text), std::move(speaker), {}};
}

} // namespace

TEST_CASE("Templates escape what they show, include parts and know words, icons and assets") {
  WebFolder web;
  web.write("parts/item.html", "<li>{{name}}</li>");
  web.write("pages/list.html", "{{t.hello}}|{{asset.site.js}}|{{{icon.play}}}|{{#items}}{{> item}}{{/items}}{{^items}}none{{/items}}|{{#empty}}shown{{/empty}}|{{outer.inner}}");
  server::Templates const templates(web.path);
  Json const context{{"items", {{{"name", "<b>&\"'"}}, {{"name", "ä"}}}}, {"empty", ""}, {"outer", {{"inner", 7}}}};
  CHECK(templates.render("list", context, "sv") ==
        "Hej {name}|/assets/site-1.js|<svg></svg>|<li>&lt;b&gt;&amp;&quot;&apos;</li><li>ä</li>||7");
  CHECK(templates.render("list", {{"items", Json::array()}}, "fi").find("|none|") != std::string::npos);
  CHECK_THROWS_AS(templates.render("nosuch", context, "fi"), std::out_of_range);
}

TEST_CASE("Words fall back to Finnish and then to the key, count, and fill their parts") {
  WebFolder web;
  server::Templates const templates(web.path);
  CHECK(templates.text("sv", "only") == "vain suomeksi");
  CHECK(templates.text("sv", "nowhere") == "nowhere");
  CHECK(templates.text("en", "hello", {{"name", "Aino"}}) == "Hello Aino");
  CHECK(templates.count("fi", "n", 1) == "1 tarina");
  CHECK(templates.count("fi", "n", 12) == "12 tarinaa");
}

TEST_CASE("A page with an unknown part stops the start, naming the file") {
  WebFolder web;
  web.write("pages/broken.html", "{{> nosuch}}");
  CHECK_THROWS_WITH(server::Templates(web.path), Catch::Contains("pages/broken.html") && Catch::Contains("nosuch"));
}

TEST_CASE("JSON inside a script element cannot end it") {
  auto const text = server::json_for_script({{"title", "</script><!--&"}});
  CHECK(text.find('<') == std::string::npos);
  CHECK(Json::parse(text)["title"] == "</script><!--&");
}

TEST_CASE("Lengths, dates and sizes read as people write them") {
  CHECK(server::format_clock(185s) == "3:05");
  CHECK(server::format_clock(3723s) == "1:02:03");
  CHECK(server::format_iso_duration(185s) == "PT3M5S");
  CHECK(server::format_iso_duration(0s) == "PT0S");
  CHECK(server::format_length(185s, "fi") == "3 min 5 s");
  CHECK(server::format_level(-23.44, "fi") == "\xe2\x88\x92" "23,4");
  CHECK(server::format_level(-0.04, "en") == "0.0");
  CHECK(server::format_level(7.46, "en") == "7.5");
  CHECK(server::format_size(12'540'000, "fi") == "12,5 Mt");
  CHECK(server::format_size(999'960'000, "en") == "1 GB");
  // 22:30 UTC is half past midnight in Finland in winter, half past one in summer.
  using namespace std::chrono;
  CHECK(server::format_date_time(sys_days{2026y / 11 / 22} + 22h + 30min, "fi") == "23.11.2026 klo 0.30");
  CHECK(server::format_date_time(sys_days{2026y / 7 / 1} + 22h + 30min, "sv") == "2.7.2026 kl. 1.30");
  // Summer time begins at 1:00 UTC on the last Sunday of March and ends so in October.
  CHECK(server::format_date_time(sys_days{2026y / 3 / 29} + 59min, "en") == "29 Mar 2026, 02:59");
  CHECK(server::format_date_time(sys_days{2026y / 3 / 29} + 1h, "en") == "29 Mar 2026, 04:00");
  CHECK(server::format_date_time(sys_days{2026y / 10 / 25} + 1h, "en") == "25 Oct 2026, 03:00");
}

TEST_CASE("?t= takes seconds, clock times and units, and nothing else") {
  auto at = [](std::string const& text) {
    server::Request request;
    request.query = server::FormValues("t=" + text);
    return server::start_time(request);
  };
  CHECK(at("83") == 83.0);
  CHECK(at("83.5") == 83.5);
  CHECK(at("1:23") == 83.0);
  CHECK(at("1:02:03") == 3723.0);
  CHECK(at("1m23s") == 83.0);
  for (auto const* wrong : {"", "abc", "-5", "1x", "nan", "inf", "99999999"}) {
    INFO(wrong);
    CHECK_FALSE(at(wrong).has_value());
  }
}

TEST_CASE("An embed keeps the story's shape and stays within what is asked") {
  auto const [w, h] = server::embed_size(1920, 1080, 0, 0);
  CHECK(w == 640);
  CHECK(h == 360);
  CHECK(server::embed_size(720, 1280, 0, 0).height == 640);
  for (int limit : {50, 120, 333, 640, 5000})
    for (auto const& [width, height] : {std::pair{1920, 1080}, std::pair{720, 1280}, std::pair{0, 0}}) {
      auto const size = server::embed_size(width, height, limit, limit);
      CHECK(size.width <= limit);
      CHECK(size.height <= limit);
    }
  CHECK(server::embed_code("https://x.fi", "abc", "\"><script>", {640, 360}).find("<script>") == std::string::npos);
}

TEST_CASE("The words of a search are marked in the cues they were spoken in, whole and nowhere else") {
  std::vector<media::Cue> const cues{cue(0s, 2s, "Olin ”hitsaajana” <& hitsaajana"), cue(2s, 4s, "Hitsaajanakin hitsaajana."), cue(9s, 10s, "Hän oli hitsaajana.")};
  auto moment = [](auto start, auto end, std::string html, std::string language = "fi") { return catalog::Moment{start, end, std::move(language), std::move(html)}; };
  int marks = 0;
  auto lines = server::marked_cues(cues, {moment(0s, 2s, "Olin ”<mark>hitsaajana</mark>” &lt;&amp; …"), moment(2s, 4s, "Hitsaajanakin <mark>hitsaajana</mark>.")}, marks);
  CHECK(marks == 3);
  CHECK(lines[0] == "Olin ”<mark id=\"found\">hitsaajana</mark>” &lt;&amp; <mark>hitsaajana</mark>");
  CHECK(lines[1] == "Hitsaajanakin <mark>hitsaajana</mark>.");
  CHECK(lines[2] == "Hän oli hitsaajana."); // the search gave no moment there
  // Spoken of in another language's subtitles only.
  lines = server::marked_cues(cues, {moment(9s, 10s, "Han var <mark>svetsare</mark>.", "sv")}, marks);
  CHECK(marks == 1);
  CHECK(lines[2] == "<mark id=\"found\">Hän oli hitsaajana.</mark>");
  CHECK(server::marked_cues(cues, {}, marks)[1] == "Hitsaajanakin hitsaajana.");
  CHECK(marks == 0);
}

TEST_CASE("A transcript breaks at pauses and changes of speaker") {
  std::vector<media::Cue> const cues{cue(0s, 2s, "Yksi\nkaksi."), cue(2s, 4s, "Kolme."), cue(7s, 8s, "Tauon jälkeen."), cue(8s, 9s, "Vastaus.", "Aino")};
  auto const view = server::transcript_view(cues, server::cue_markup(cues));
  REQUIRE(view.size() == 3);
  CHECK(view[0]["cues"].size() == 2);
  CHECK(view[0]["cues"][0]["html"] == "Yksi kaksi.");
  CHECK(view[1]["t"] == 7);
  CHECK(view[1]["clock"] == "0:07");
  CHECK(view[2]["speaker"] == "Aino");
  CHECK(view[2]["cues"][0]["start"] == "8.000");
}
