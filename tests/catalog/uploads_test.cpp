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

TEST_CASE("a clock put forward ends no upload before it has stood so for a day") {
  Sending s;
  auto const jump = milliseconds(std::chrono::days(30)).count();
  s.r->advance_upload(s.upload.id, 0, 50, s.upload.expires_at).value();
  s.r.wall += jump;
  CHECK(s.r->expired_uploads().empty());
  CHECK(s.r->upload(s.upload.id).value().offset == 50);
  CHECK(s.r->reserved_bytes() == 50);
  SECTION("put right, its time goes on") {
    s.r.pass(std::chrono::minutes(59));
    s.r.wall -= jump;
    CHECK(s.r->upload(s.upload.id).has_value());
    s.r.pass(std::chrono::minutes(1));
    CHECK(error_of(s.r->upload(s.upload.id)).key == "upload.expired");
  }
  SECTION("kept so, what goes on lives by the new time") {
    s.r->advance_upload(s.upload.id, 50, 60, s.r.now() + std::chrono::hours(48)).value();
    s.r.pass(std::chrono::hours(25));
    CHECK(s.r->upload(s.upload.id).has_value());
    s.r.pass(std::chrono::hours(23));
    CHECK(s.r->expired_uploads().size() == 1);
  }
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

TEST_CASE("a length told later is settled once and never below what has come") {
  Sending s;
  NewUpload fresh;
  fresh.story = s.story;
  fresh.expires_at = s.r.now() + std::chrono::hours(1);
  auto const upload = s.r->create_upload(Actor::teller(s.story), fresh).value();
  CHECK_FALSE(upload.size);
  CHECK_FALSE(upload.full());
  s.r->advance_upload(upload.id, 0, 40, fresh.expires_at).value();
  CHECK(s.r->reserved_bytes() == 0);
  CHECK(error_of(s.r->finish_upload(upload.id, "x")).key == "upload.incomplete");
  CHECK(error_of(s.r->settle_upload_size(upload.id, 39)).key == "upload.size_wrong");
  CHECK(s.r->settle_upload_size(upload.id, 50).value().size == 50);
  CHECK(s.r->settle_upload_size(upload.id, 50).value().size == 50);
  CHECK(error_of(s.r->settle_upload_size(upload.id, 51)).key == "upload.size_differs");
  CHECK(s.r->reserved_bytes() == 10);
  s.r.pass(std::chrono::hours(2));
  CHECK(error_of(s.r->upload(upload.id)).key == "upload.expired");
  CHECK(error_of(s.r->settle_upload_size(upload.id, 50)).key == "upload.expired");
}

struct Pieces {
  Record r;
  std::string story = r->create_story(Actor::system(), sample_details()).value().id;

  NewUpload fresh() {
    NewUpload made;
    made.story = story;
    made.expires_at = r.now() + std::chrono::hours(1);
    return made;
  }
  std::string piece(std::int64_t size, std::int64_t offset) {
    auto wanted = fresh();
    wanted.size = size;
    wanted.partial = true;
    wanted.partial_budget = 100;
    auto const made = r->create_upload(Actor::teller(story), wanted).value();
    r->advance_upload(made.id, 0, offset, wanted.expires_at).value();
    return made.id;
  }
  result<Upload> join(std::vector<std::string> parts, std::string const& id) {
    auto wanted = fresh();
    wanted.parts = std::move(parts);
    return r->concatenate_uploads(Actor::teller(story), wanted, id);
  }
};

TEST_CASE("pieces become one full upload in one step, and end with it") {
  Pieces p;
  auto const a = p.piece(30, 30), b = p.piece(20, 10);
  CHECK(error_of(p.join({a, b}, "whole")).key == "upload.parts_incomplete");
  CHECK(error_of(p.join({a, "nosuchpart"}, "whole")).key == "upload.parts_unknown");
  p.r->advance_upload(b, 10, 20, p.fresh().expires_at).value();
  CHECK(error_of(p.r->finish_upload(b, "x")).key == "upload.incomplete"); // a piece never becomes a video
  CHECK(p.r->stranded_uploads().empty());
  auto const whole = p.join({a, b}, "whole").value();
  CHECK(whole.id == "whole");
  CHECK(whole.full());
  CHECK(whole.size == 50);
  CHECK(whole.parts == std::vector<std::string>{a, b});
  CHECK(error_of(p.r->upload(a)).key == "upload.expired");
  CHECK(p.r->expired_uploads().size() == 2);
  CHECK(p.join({a, b}, "again").value().id == "whole"); // the answer was lost
  CHECK(error_of(p.join({b, a}, "again")).key == "upload.parts_unknown");
  CHECK(p.r->concatenation_of(p.story, {a, b})->id == "whole");
  CHECK_FALSE(p.r->concatenation_of("other", {a, b}));
  CHECK(p.r->finish_upload("whole", std::string(64, 'e')).has_value());
  CHECK(p.r->known_files().uploads.size() == 2); // the pieces, until they are swept
}

TEST_CASE("a story's pieces share one budget, and an upload of the whole ends them") {
  Pieces p;
  auto const a = p.piece(60, 60), b = p.piece(40, 5), c = p.piece(50, 50);
  CHECK(error_of(p.r->upload(a)).key == "upload.expired");
  CHECK(p.r->upload(b).has_value());
  auto whole = p.fresh();
  whole.size = 10;
  auto const other = p.r->create_upload(Actor::teller(p.story), whole).value();
  CHECK(error_of(p.r->upload(c)).key == "upload.expired");
  CHECK(error_of(p.r->upload(b)).key == "upload.expired");
  p.piece(10, 10);
  CHECK(error_of(p.r->upload(other.id)).key == "upload.expired");
}

TEST_CASE("an upload without a size or with unprintable metadata is refused") {
  Sending s;
  NewUpload fresh;
  fresh.story = s.story;
  fresh.size = 0;
  CHECK(error_of(s.r->create_upload(Actor::system(), fresh)).key == "upload.size_missing");
  fresh.size = 1;
  fresh.filename = "\xff\xfe";
  CHECK(error_of(s.r->create_upload(Actor::system(), fresh)).key == "upload.metadata_invalid");
}

} // namespace tarina::catalog
