// What the sweep and the start put right, and what they remove for good.
#include "server/work.hpp"
#include "worker_fixture.hpp"

using namespace fixture;

namespace {

struct Shelf {
  TempFolder folder;
  media::MediaStore store{folder.path() / "media"};
  catalog::Time now = std::chrono::time_point_cast<catalog::milliseconds>(std::chrono::system_clock::now());
  std::unique_ptr<catalog::Catalog> catalog = [this] {
    catalog::CatalogOptions options;
    options.folder = folder.path();
    options.clock = [this] { return now; };
    options.steady = [this] { return now.time_since_epoch(); };
    return std::make_unique<catalog::Catalog>(std::move(options));
  }();

  std::string story() {
    catalog::StoryDetails details;
    details.institution = "osao";
    return catalog->create_story(catalog::Actor::system(), details).value().id;
  }
  /// All bytes sent, not yet finished.
  catalog::Upload full_upload(std::string const& story) {
    catalog::NewUpload wanted;
    wanted.story = story;
    wanted.size = 5;
    wanted.expires_at = now + std::chrono::hours(1);
    auto const upload = catalog->create_upload(catalog::Actor::system(), wanted).value();
    REQUIRE(store.create_upload(upload.id));
    REQUIRE(store.write_upload(upload.id, 0, "video"));
    REQUIRE(store.sync_upload(upload.id));
    REQUIRE(catalog->advance_upload(upload.id, 0, 5, wanted.expires_at));
    return upload;
  }
  std::size_t files(std::string const& room) const {
    std::size_t count = 0;
    for (auto const& entry : fs::recursive_directory_iterator(folder.path() / "media" / room)) count += entry.is_regular_file() ? 1 : 0;
    return count;
  }
};

} // namespace

TEST_CASE("a full upload whose finish was lost is finished by the sweep") {
  Shelf shelf;
  auto const story = shelf.story();
  auto const upload = shelf.full_upload(story);
  REQUIRE(shelf.store.keep_original(upload.id, upload.original)); // the crash came after the move
  shelf.now += std::chrono::hours(2);
  CHECK(server::sweep_once(*shelf.catalog, shelf.store));
  CHECK(shelf.catalog->upload(upload.id).value().finished);
  CHECK(shelf.files("originals") == 1);
  CHECK(shelf.catalog->lease_task("w")->source_sha256 == server::sha256_of("video"));
}

TEST_CASE("a full upload whose file is gone is given up once, so that it can be sent anew") {
  Shelf shelf;
  auto const upload = shelf.full_upload(shelf.story());
  shelf.store.remove_upload(upload.id);
  shelf.now += std::chrono::hours(2);
  CHECK_FALSE(server::sweep_once(*shelf.catalog, shelf.store));
  CHECK(shelf.catalog->upload(upload.id).error().code == Errc::not_found);
  CHECK(shelf.catalog->stranded_uploads().empty());
}

TEST_CASE("an upload whose story was withdrawn meanwhile leaves no file anywhere") {
  Shelf shelf;
  auto const story = shelf.story();
  auto const upload = shelf.full_upload(story);
  REQUIRE(shelf.store.keep_original(upload.id, upload.original));
  REQUIRE(shelf.catalog->withdraw(catalog::Actor::teller(story), story));
  CHECK_FALSE(server::finish_full_upload(*shelf.catalog, shelf.store, upload.id));
  REQUIRE(shelf.catalog->erase_now(catalog::Actor::teller(story), story));
  server::sweep_once(*shelf.catalog, shelf.store);
  CHECK(shelf.files("originals") == 0);
  CHECK(shelf.files("uploads") == 0);
  CHECK(shelf.catalog->pending_erasures().empty());
}

TEST_CASE("what goes wrong with one story's erasure does not keep another's waiting") {
  Shelf shelf;
  auto const stuck = shelf.story();
  auto const stuck_upload = shelf.full_upload(stuck);
  auto const fine = shelf.story();
  auto const fine_upload = shelf.full_upload(fine);
  // A folder with something in it where a file should be: it cannot be removed as a file.
  auto const place = shelf.folder.path() / "media" / "uploads";
  for (auto const& entry : fs::directory_iterator(place))
    if (entry.path().filename().string().starts_with(stuck_upload.id)) {
      fs::remove(entry.path());
      fs::create_directories(entry.path() / "inside");
    }
  for (auto const& story : {stuck, fine}) {
    REQUIRE(shelf.catalog->withdraw(catalog::Actor::teller(story), story));
    REQUIRE(shelf.catalog->erase_now(catalog::Actor::teller(story), story));
  }
  server::sweep_once(*shelf.catalog, shelf.store);
  auto const left = shelf.catalog->pending_erasures();
  REQUIRE(left.size() == 1);
  CHECK(left[0].story == stuck);
  CHECK_FALSE(shelf.catalog->upload(fine_upload.id));
}

TEST_CASE("what was staged for a package that the catalog does not know is removed at the start") {
  Shelf shelf;
  auto const story = shelf.story();
  REQUIRE(shelf.store.write_staged("forgottenpackage1234", "v360/00001.m4s", "left behind"));
  auto const upload = shelf.full_upload(story);
  REQUIRE(server::finish_full_upload(*shelf.catalog, shelf.store, upload.id));
  auto const known = shelf.catalog->processing(catalog::Actor::system(), story).value().package;
  REQUIRE(shelf.store.write_staged(known, "v360/00001.m4s", "wanted"));
  server::reconcile(*shelf.catalog, shelf.store);
  CHECK(shelf.store.staged_packages() == std::vector<std::string>{known});
}

TEST_CASE("what a worker still sends for an erased story stays nowhere") {
  Site site;
  auto const story = uploaded_story(site);
  Worker worker(site);
  REQUIRE(worker.work(worker.lease()).status == 200); // the probe
  auto const task = worker.lease();
  auto const name = std::holds_alternative<media::AudioTask>(task.task) ? std::string("a128/init.mp4") : std::string("v360/init.mp4");
  REQUIRE(worker.put(task, name, "before").status == 204);
  // The head and half of the body came before the withdrawal, the rest after the erasure.
  Wire wire(site.port());
  wire.send("PUT /api/v1/worker/tasks/" + task.task_id + "/outputs/" + name + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + worker.token +
            "\r\nTarina-Lease: " + std::to_string(task.token) + "\r\nContent-Length: 10\r\n\r\nhalf ");
  REQUIRE(site.catalog().withdraw(catalog::Actor::teller(story), story));
  REQUIRE(site.catalog().erase_now(catalog::Actor::teller(story), story));
  server::sweep_once(site.catalog(), site.store());
  wire.send("done.");
  auto const status = wire.read().status;
  CHECK((status == 404 || status == 409));
  CHECK(fs::is_empty(site.config.data / "media" / "staging"));
}

TEST_CASE("a video that was replaced is not removed at once") {
  Site site;
  auto const story = uploaded_story(site);
  auto const kept = [&] {
    std::vector<std::string> names;
    for (auto const& entry : fs::directory_iterator(site.config.data / "media" / "originals")) names.push_back(entry.path().filename().string());
    return names;
  };
  Worker(site).work_until_ready();
  auto const first = kept();
  REQUIRE(first.size() == 1);
  auto const path = create_upload(site.port(), site.mine_token(story), 100'000);
  REQUIRE(patch(site.port(), path, 0, std::string(100'000, 'w')).status == 204);
  server::sweep_once(site.catalog(), site.store());
  CHECK(kept().size() == 2);
  Worker(site).work_until_ready();
  server::sweep_once(site.catalog(), site.store());
  CHECK(kept().size() == 2); // the wrong file may have been chosen
  CHECK(site.catalog().superseded_originals().empty());
  CHECK(tus(site.port(), "HEAD", path).status == 200); // the uploader may still ask how it ended
}
