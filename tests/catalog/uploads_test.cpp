#include "tests/catalog/record.hpp"

namespace tarina::catalog {
namespace {

struct Sending {
  Record r;
  std::string story = r->create_story(Actor::system(), sample_details()).value().id;
  Upload upload = start();

  Upload start(std::int64_t size = 100) {
    NewUpload fresh;
    fresh.story = story;
    fresh.size = size;
    fresh.filename = "../../etc/ääni \"1\".mov";
    fresh.metadata = "filename Li4v,invite abc";
    fresh.expires_at = r.now() + std::chrono::hours(1);
    return r->create_upload(Actor::teller(story), fresh).value();
  }
};

} // namespace

TEST_CASE("an upload stands exactly at its durable offset") {
  Sending s;
  auto const& id = s.upload.id;
  CHECK(s.r->upload(id).value().offset == 0);
  CHECK(s.r->upload(id).value().metadata == "filename Li4v,invite abc");
  s.r->advance_upload(id, 0, 40, s.r.now() + std::chrono::hours(2)).value();
  CHECK(error_of(s.r->advance_upload(id, 0, 50, s.r.now())).key == "upload.offset_differs");
  CHECK(error_of(s.r->advance_upload(id, 40, 101, s.r.now())).key == "upload.offset_differs");
  CHECK(error_of(s.r->advance_upload(id, 40, 39, s.r.now())).key == "upload.offset_differs");
  s.r.open();
  CHECK(s.r->upload(id).value().offset == 40);
  CHECK(s.r->unfinished_uploads().size() == 1);
  CHECK(s.r->reserved_bytes() == 60);
  CHECK(error_of(s.r->finish_upload(id, "x")).key == "upload.incomplete");
}

TEST_CASE("finishing an upload twice makes one original, one package and one probe") {
  Sending s;
  s.r->advance_upload(s.upload.id, 0, 100, s.upload.expires_at).value();
  auto const first = s.r->finish_upload(s.upload.id, std::string(64, 'e')).value();
  s.r.open();
  auto const second = s.r->finish_upload(s.upload.id, std::string(64, 'e')).value();
  CHECK(first.package == second.package);
  CHECK(first.original == s.upload.original);
  CHECK(second.original == s.upload.original);
  CHECK(s.r->figures().tasks_waiting == 1);
  CHECK(s.r->story(Actor::system(), s.story).value().state == StoryState::processing);
  auto const lease = s.r->lease_task("w").value();
  CHECK(lease.source_sha256 == std::string(64, 'e'));
  CHECK_FALSE(s.r->lease_task("w"));
  CHECK(error_of(s.r->terminate_upload(s.upload.id)).key == "upload.finished");
  CHECK(error_of(s.r->advance_upload(s.upload.id, 100, 100, s.r.now())).key == "upload.offset_differs");
  CHECK(s.r->reserved_bytes() == 0);
}

TEST_CASE("an upload left alone expires and can be terminated, progress puts that off") {
  Sending s;
  auto const other = s.start();
  s.r.pass(std::chrono::minutes(50));
  s.r->advance_upload(other.id, 0, 10, s.r.now() + std::chrono::hours(1)).value();
  s.r.pass(std::chrono::minutes(20));
  auto const expired = s.r->expired_uploads();
  REQUIRE(expired.size() == 1);
  CHECK(expired[0].id == s.upload.id);
  CHECK(error_of(s.r->upload(s.upload.id)).key == "upload.expired");
  s.r->terminate_upload(s.upload.id).value();
  CHECK(error_of(s.r->upload(s.upload.id)).code == Errc::not_found);
  CHECK(s.r->upload(other.id).has_value());
}

TEST_CASE("nothing is uploaded to a published or withdrawn story") {
  Record r;
  auto const id = published_story(r);
  NewUpload fresh;
  fresh.story = id;
  fresh.size = 1;
  fresh.expires_at = r.now() + std::chrono::hours(1);
  CHECK(error_of(r->create_upload(Actor::teller(id), fresh)).key == "upload.story_published");
  r->unpublish(Actor::system(), id).value();
  auto const upload = r->create_upload(Actor::teller(id), fresh).value();
  r->withdraw(Actor::teller(id), id).value();
  CHECK(error_of(r->create_upload(Actor::teller(id), fresh)).code == Errc::gone);
  CHECK(error_of(r->advance_upload(upload.id, 0, 1, r.now())).code == Errc::gone);
  CHECK(error_of(r->finish_upload(upload.id, "x")).code == Errc::gone);
  CHECK(r->expired_uploads().empty()); // the erasure takes care of it
  r->erase_now(Actor::teller(id), id).value();
  CHECK(r->pending_erasures().at(0).uploads.size() == 2);
}

TEST_CASE("a teller has one upload under way, and one that is whole is never ended by another") {
  Sending s;
  auto const second = s.start();
  CHECK(error_of(s.r->upload(s.upload.id)).key == "upload.expired");
  CHECK(error_of(s.r->advance_upload(s.upload.id, 0, 10, s.r.now())).key == "upload.expired");
  REQUIRE(s.r->expired_uploads().size() == 1);
  CHECK(s.r->expired_uploads()[0].id == s.upload.id);
  s.r->advance_upload(second.id, 0, 100, second.expires_at).value();
  s.start();
  CHECK(s.r->upload(second.id).has_value());
  CHECK(s.r->finish_upload(second.id, std::string(64, 'e')).has_value());
}

TEST_CASE("a full upload whose end was lost is found again, and dropped where its story was published meanwhile") {
  Sending s;
  auto const later = s.r.now() + std::chrono::hours(1);
  s.r->advance_upload(s.upload.id, 0, 100, later).value();
  CHECK(s.r->stranded_uploads().empty()); // somebody is about to finish it
  s.r.pass(std::chrono::hours(2));
  REQUIRE(s.r->stranded_uploads().size() == 1);
  CHECK(s.r->stranded_uploads()[0].id == s.upload.id);
  CHECK(s.r->expired_uploads().empty());
  CHECK(s.r->upload(s.upload.id).has_value()); // never called expired: the bytes are all there

  auto const id = story_in_review(s.r);
  NewUpload fresh;
  fresh.story = id;
  fresh.size = 10;
  fresh.expires_at = s.r.now() + std::chrono::hours(1);
  auto const late = s.r->create_upload(Actor::teller(id), fresh).value();
  s.r->save_track(Actor::system(), id, sample_track(true)).value();
  s.r->publish(Actor::system(), id).value();
  s.r->advance_upload(late.id, 0, 10, fresh.expires_at).value();
  CHECK(error_of(s.r->check_finish(late.id)).key == "upload.story_published");
  s.r.pass(std::chrono::hours(2));
  REQUIRE(s.r->expired_uploads().size() == 1);
  CHECK(s.r->expired_uploads()[0].id == late.id);
}

TEST_CASE("an upload without a size or with unprintable metadata is refused") {
  Sending s;
  NewUpload fresh;
  fresh.story = s.story;
  CHECK(error_of(s.r->create_upload(Actor::system(), fresh)).key == "upload.size_missing");
  fresh.size = 1;
  fresh.filename = "\xff\xfe";
  CHECK(error_of(s.r->create_upload(Actor::system(), fresh)).key == "upload.metadata_invalid");
}

} // namespace tarina::catalog
