#include "studio_fixture.hpp"
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

/// Works until the download's task is leased.
media::Lease until_download(Worker& worker) {
  for (;;) {
    auto const lease = worker.lease();
    if (std::holds_alternative<media::DownloadTask>(lease.task)) return lease;
    REQUIRE(worker.work(lease).status == 200);
  }
}

void agree_to(Site& site, std::string const& story, catalog::Uses uses) {
  catalog::NewConsent consent;
  consent.uses = uses;
  consent.text_version = "1";
  consent.text_hash = std::string(64, 'a');
  consent.language = "fi";
  REQUIRE(site.catalog().give_consent(catalog::Actor::system(), story, consent));
}

} // namespace

TEST_CASE("a worker gets a download's source part by part: the tracks' files in a row") {
  Site site;
  uploaded_story(site);
  Worker worker(site);
  auto const lease = until_download(worker);
  auto const& task = std::get<media::DownloadTask>(lease.task);
  CHECK(lease.source_bytes == task.picture_bytes + task.sound_bytes);
  std::string whole;
  while (static_cast<std::int64_t>(whole.size()) < lease.source_bytes) {
    auto const part = worker.source(lease, static_cast<std::int64_t>(whole.size()));
    REQUIRE(part.status == 206);
    REQUIRE(!part.body.empty());
    CHECK(part["content-range"] == "bytes " + std::to_string(whole.size()) + "-" + std::to_string(whole.size() + part.body.size() - 1) + "/" + std::to_string(lease.source_bytes));
    whole += part.body;
  }
  CHECK(whole.starts_with("init of v360v360 segment 0"));
  CHECK(whole.substr(static_cast<std::size_t>(task.picture_bytes)).starts_with("init of a128a128 segment 0"));
  auto const middle = worker.source(lease, 150'000); // in the second file
  REQUIRE(middle.status == 206);
  CHECK(whole.substr(150'000).starts_with(middle.body));
  CHECK(worker.source(lease, lease.source_bytes).status == 400);
  CHECK(worker.call("GET", "tasks/" + lease.task_id + "/source", lease.token + 1).status == 409);
}

TEST_CASE("a download comes in pieces, begins anew when it is tried again, and counts only as it was reported") {
  Site site;
  auto const story = uploaded_story(site);
  Worker worker(site);
  auto const lease = until_download(worker);
  CHECK(worker.put(lease, "v360/init.mp4", "x").status == 400);
  CHECK(worker.put_piece(lease, 10, "too far").status == 404);
  CHECK(worker.put_piece(lease, 0, std::string(500, 'a')).status == 204);
  CHECK(worker.put_piece(lease, 501, "a hole").status == 409);
  CHECK(worker.put_piece(lease, lease.source_bytes + media::download_index_bytes, "far too far").status == 413);
  CHECK(worker.call("PUT", "tasks/" + lease.task_id + "/outputs/download/story.mp4", lease.token, "x", "Tarina-Offset: -1\r\n").status == 400);
  CHECK(worker.put_piece(lease, 500, "the end of a try").status == 204);
  CHECK(worker.put_piece(lease, 0, "anew,").status == 204); // and what lay behind it is gone
  CHECK(worker.put_piece(lease, 5, " again").status == 204);
  CHECK(worker.put_piece(lease, 5, " again").status == 204); // an answer that was lost
  CHECK(worker.complete(lease, media::Download{11, server::sha256_of("anew, agaim")}).status == 400);
  CHECK(worker.complete(lease, media::Download{12, server::sha256_of("anew, again")}).status == 400);
  REQUIRE(worker.complete(lease, media::Download{11, server::sha256_of("anew, again")}).status == 200);
  CHECK(site.catalog().story(catalog::Actor::system(), story).value().download_bytes == 11);
}

TEST_CASE("a story is downloaded under its title where the teller agreed to it, and nowhere else") {
  Studio site;
  auto const story = published_story(site);
  auto const path = "/stories/" + story + "/download";
  auto const whole = site.get(path);
  REQUIRE(whole.status == 200);
  CHECK(whole.body.starts_with("a download of v360"));
  CHECK(whole["content-type"] == "video/mp4");
  CHECK(whole["content-disposition"] == "attachment; filename=\"" + story + ".mp4\"; filename*=UTF-8''N%C3%A4in%20minusta%20tuli%20l%C3%A4hihoitaja.mp4");
  CHECK(whole["cache-control"] == "private, no-cache");
  auto const part = fetch(site.port(), "GET", path, "Range: bytes=2-9\r\n");
  CHECK(part.status == 206);
  CHECK(part.body == "download");
  CHECK(fetch(site.port(), "GET", path, "If-None-Match: " + whole["etag"] + "\r\n").status == 304);
  CHECK(shows(site.get("/stories/" + story), path));
  // Not by the way of streams, which any use opens.
  auto& c = site.catalog();
  for (auto const use : catalog::consent_uses)
    CHECK(fetch(site.port(), "GET", "/stream/" + c.access(story, use).value().stream_key + "/download/story.mp4").status == 404);
  auto const package = c.story(catalog::Actor::system(), story).value().package;
  CHECK(fetch(site.port(), "GET", site.service->app().identity.preview_prefix(package) + "download/story.mp4").status == 404);

  agree_to(site, story, {.watch = true, .class_download = false, .embed = true, .feeds = true});
  CHECK(site.get(path).status == 404);
  CHECK(fetch(site.port(), "GET", path, "If-None-Match: " + whole["etag"] + "\r\n").status == 404);
  CHECK_FALSE(shows(site.get("/stories/" + story), path));
  REQUIRE(c.withdraw(catalog::Actor::system(), story));
  CHECK(site.get(path).status == 410);
  CHECK(site.get("/stories/nosuchstory/download").status == 404);
}

TEST_CASE("the studio downloads a story and changes its cover picture, each in its own scope") {
  Studio site;
  auto const story = uploaded_story(site);
  Worker(site).work_until_ready();
  auto const home = site.catalog().vocabulary()->institutions.front().code;
  auto const editor = site.signed_in("editor", Role::editor, home);
  auto const stranger = site.signed_in("stranger", Role::editor, site.catalog().vocabulary()->institutions.back().code);
  auto const path = "/studio/stories/" + story;
  CHECK(site.get(path + "/download").status == 303); // to sign in
  CHECK(site.get(path + "/download", stranger).status == 404);
  auto const file = site.get(path + "/download", editor);
  CHECK(file.status == 200);
  CHECK(file["cache-control"] == "no-store");

  auto const page = site.get(path, editor);
  CHECK(shows(page, path + "/download"));
  CHECK(shows(page, "value=\"stills/poster-2.jpg\""));
  CHECK(shows(page, "value=\"stills/poster.jpg\" checked"));
  CHECK(site.post(path + "/poster", {{"poster", "stills/poster-2.jpg"}}, stranger).status == 404);
  auto const changed = followed(site, site.post(path + "/poster", {{"poster", "stills/poster-2.jpg"}}, editor), editor);
  CHECK(shows(changed, "Kansikuva on vaihdettu."));
  CHECK(shows(changed, "value=\"stills/poster-2.jpg\" checked"));
  auto const wrong = site.post(path + "/poster", {{"poster", "v360/init.mp4"}}, editor);
  CHECK(wrong.status == 400);
  CHECK(shows(wrong, "Tätä kuvaa ei ole enää."));
}
