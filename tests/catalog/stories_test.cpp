#include "tests/catalog/record.hpp"
#include <fstream>
#include <sstream>

namespace tarina::catalog {

TEST_CASE("what is written about a story is read back, and its revision rises") {
  Record r;
  auto d = sample_details("osao", "osao-kontinkangas");
  d.title = {"Otsikko", "Rubrik", "Title"};
  d.description.sv = "Lång \"text\" med 'citat' och ; tecken";
  d.tags = {"yksi", "kaksi", "yksi"};
  d.fields = {"091", "09"};
  auto const made = r->create_story(Actor::system(), d).value();
  CHECK(made.revision == 1);
  CHECK(made.state == StoryState::draft);
  CHECK(made.id.size() == 10);
  CHECK(made.details.title == d.title);
  CHECK(made.details.description == d.description);
  CHECK(made.details.tags == std::vector<std::string>{"yksi", "kaksi"});
  CHECK(made.details.fields == d.fields);
  d.shown_name.clear();
  CHECK(r->edit_story(Actor::system(), made.id, d, 1).value() == 2);
  CHECK(r->story(Actor::system(), made.id).value().details.shown_name.empty());
}

TEST_CASE("an edit based on an old revision is refused and changes nothing") {
  Record r;
  auto const id = r->create_story(Actor::system(), sample_details()).value().id;
  auto mine = sample_details(), yours = sample_details();
  mine.title.fi = "Minun";
  yours.title.fi = "Sinun";
  r->edit_story(Actor::system(), id, mine, 1).value();
  CHECK(error_of(r->edit_story(Actor::system(), id, yours, 1)).key == "story.changed_meanwhile");
  CHECK(r->story(Actor::system(), id).value().details.title.fi == "Minun");
}

TEST_CASE("details that break a rule are refused with their key") {
  Record r;
  auto refused = [&](auto change) {
    auto d = sample_details();
    change(d);
    return error_of(r->create_story(Actor::system(), d)).key;
  };
  CHECK(refused([](auto& d) { d.institution = "hogwarts"; }) == "story.institution_unknown");
  CHECK(refused([](auto& d) { d.unit = "luovi-muhos"; }) == "story.unit_unknown");
  CHECK(refused([](auto& d) { d.fields = {"12"}; }) == "story.field_unknown");
  CHECK(refused([](auto& d) { d.qualification = "1"; }) == "story.qualification_unknown");
  CHECK(refused([](auto& d) { d.occupation = "1"; }) == "story.occupation_unknown");
  CHECK(refused([](auto& d) { d.languages = {"suomi!"}; }) == "story.language_unknown");
  CHECK(refused([](auto& d) { d.graduation_year = 19; }) == "story.year_invalid");
  CHECK(refused([](auto& d) { d.title.sv = std::string(201, 'x'); }) == "story.title_too_long");
  CHECK(refused([](auto& d) { d.title.fi = "bad \xC3"; }) == "story.text_invalid");
  CHECK(refused([](auto& d) { d.shown_name = std::string("a\0b", 3); }) == "story.text_invalid");
  CHECK(refused([](auto& d) { d.tags.assign(31, "t"); }) == "story.too_many_tags");
  auto d = sample_details();
  for (int i = 0; i < 200; ++i) d.title.en += "\xC3\xA4"; // 200 characters in 400 bytes are within the limit
  CHECK(r->create_story(Actor::system(), d).has_value());
}

TEST_CASE("the gate names exactly what is missing and opens when nothing is") {
  Record r;
  auto empty = sample_details();
  empty.title = {};
  empty.fields.clear();
  empty.languages.clear();
  auto const id = r->create_story(Actor::system(), empty).value().id;
  auto const gate = [&] { return r->publish_gate(Actor::system(), id).value(); };
  using Keys = std::vector<std::string>;
  CHECK(gate() == Keys{"publish.consent_missing", "publish.processing_unfinished", "publish.title_missing", "publish.field_missing", "publish.language_missing", "publish.captions_missing"});
  CHECK(error_of(r->publish(Actor::system(), id)).key == "publish.consent_missing");
  r->give_consent(Actor::system(), id, consent_to(Uses{})).value();
  CHECK(gate().front() == "publish.consent_missing"); // nothing ticked is no consent
  r->give_consent(Actor::system(), id, consent_to({false, true, true, true})).value();
  CHECK(gate().front() == "publish.consent_missing"); // the consent text: published only when watching is agreed to
  r->give_consent(Actor::system(), id, consent_to({true, false, false, false})).value();
  CHECK(gate().front() == "publish.processing_unfinished");
  upload_whole(r, Actor::system(), id);
  auto const complete = work_off(r);
  CHECK(gate().front() == "publish.processing_unfinished"); // files not moved yet
  r->publish_package(complete.at(0)).value();
  CHECK(gate() == Keys{"publish.title_missing", "publish.field_missing", "publish.language_missing", "publish.captions_missing"});
  r->edit_story(Actor::system(), id, sample_details(), 1).value();
  CHECK(gate() == Keys{"publish.captions_missing"});
  r->save_track(Actor::system(), id, sample_track(false)).value();
  CHECK(gate() == Keys{"publish.captions_missing"}); // nobody checked them
  auto other = sample_track(true);
  other.language = "sv";
  r->save_track(Actor::system(), id, other).value();
  CHECK(gate() == Keys{"publish.captions_missing"}); // not the language spoken
  r->save_track(Actor::system(), id, sample_track(true, 1)).value();
  CHECK(gate().empty());
  r->delete_track(Actor::system(), id, "fi-captions", 2).value();
  CHECK(gate() == Keys{"publish.captions_missing"});
  auto exempt = sample_details();
  exempt.captions_exemption = "Tekstitys valmistuu 14 päivässä.";
  r->edit_story(Actor::system(), id, exempt, 2).value();
  CHECK(gate().empty());
  r->publish(Actor::system(), id).value();
  CHECK(error_of(r->publish(Actor::system(), id)).key == "story.not_in_review");
}

TEST_CASE("a story without sound needs no captions and no language") {
  Record r;
  auto silent = portrait_facts();
  silent.audio.reset();
  auto d = sample_details();
  d.languages.clear();
  auto const id = r->create_story(Actor::system(), d).value().id;
  r->give_consent(Actor::system(), id, consent_to(everything)).value();
  upload_whole(r, Actor::system(), id);
  for (auto const& package : work_off(r, silent)) r->publish_package(package).value();
  CHECK(r->publish_gate(Actor::system(), id).value().empty());
  auto const story = r->story(Actor::system(), id).value();
  CHECK_FALSE(story.has_sound);
  CHECK(story.width == 360);
  CHECK(story.height == 640);
}

TEST_CASE("each actor sees exactly the stories of its scope, and the others do not exist") {
  Record r;
  auto const osao = published_story(r, sample_details("osao", "osao-muhos"));
  auto const osao2 = published_story(r, sample_details("osao", "osao-kempele"));
  auto const luovi = published_story(r, sample_details("luovi"));
  struct Row { Actor actor; bool sees_osao, sees_osao2, sees_luovi; };
  std::vector<Row> const table{
    {Actor::system(), true, true, true},
    {person_actor(Role::administrator), true, true, true},
    {person_actor(Role::editor), true, true, true},
    {person_actor(Role::editor, "osao"), true, true, false},
    {person_actor(Role::editor, "osao", "osao-muhos"), true, false, false},
    {person_actor(Role::coordinator, "osao"), true, true, false},
    {person_actor(Role::coordinator, "osao", "osao-kempele"), false, true, false},
    {person_actor(Role::coordinator, "luovi"), false, false, true},
    {Actor::teller(osao), true, false, false},
    {Actor::teller(luovi), false, false, true},
    {Actor::teller(""), false, false, false},
  };
  int row = 0;
  for (auto const& [actor, one, two, three] : table) {
    CAPTURE(row++);
    std::pair<std::string, bool> const stories[] = {{osao, one}, {osao2, two}, {luovi, three}};
    for (auto const& [id, sees] : stories) {
      auto check = [&](auto const& answer) {
        if (sees) CHECK((answer.has_value() || answer.error().code != Errc::not_found));
        else CHECK((answer.has_error() && (answer.error().code == Errc::not_found || answer.error().code == Errc::forbidden)));
      };
      CHECK(r->story(actor, id).has_value() == sees);
      CHECK(r->consents(actor, id).has_value() == sees);
      CHECK(r->audit_of(actor, id).has_value() == sees);
      CHECK(r->processing(actor, id).has_value() == sees);
      CHECK(r->publish_gate(actor, id).has_value() == sees);
      CHECK(r->track(actor, id, "fi-captions").has_value() == sees);
      check(r->edit_story(actor, id, sample_details("osao"), 99));
      check(r->save_track(actor, id, sample_track(true, 99)));
      check(r->retry_processing(actor, id));
      if (!sees) {
        CHECK(r->withdraw(actor, id).has_error());
        CHECK(r->unpublish(actor, id).has_error());
        CHECK(r->issue_mine_token(actor, id).has_error());
        NewUpload u;
        u.story = id;
        u.size = 1;
        CHECK(error_of(r->create_upload(actor, u)).code == Errc::not_found);
      }
    }
    int const expected = actor.kind == Actor::Kind::teller ? 0 : one + two + three;
    CHECK(r->list_stories(actor, {}).total == expected);
    auto const counts = r->count_stories(actor);
    CHECK((counts.count(StoryState::published) ? counts.at(StoryState::published) : 0) == expected);
  }
}

TEST_CASE("nobody can move a story into another's scope, and an editor cannot withdraw or invite") {
  Record r;
  auto const id = r->create_story(Actor::system(), sample_details("osao")).value().id;
  CHECK(error_of(r->edit_story(person_actor(Role::editor, "osao"), id, sample_details("luovi"), 1)).code == Errc::forbidden);
  CHECK(error_of(r->create_story(person_actor(Role::coordinator, "osao"), sample_details("luovi"))).code == Errc::forbidden);
  CHECK(error_of(r->withdraw(person_actor(Role::editor, "osao"), id)).code == Errc::forbidden);
  CHECK(error_of(r->give_consent(person_actor(Role::editor, "osao"), id, consent_to(everything))).code == Errc::forbidden);
  NewInvite invite;
  invite.institution = "osao";
  CHECK(error_of(r->create_invite(person_actor(Role::editor, "osao"), invite)).code == Errc::forbidden);
  CHECK(error_of(r->publish(Actor::teller(id), id)).code == Errc::forbidden);
}

TEST_CASE("a personal link is handed out only by those who may withdraw the story themselves") {
  Record r;
  auto const id = story_in_review(r);
  CHECK(error_of(r->issue_mine_token(person_actor(Role::editor, "osao"), id)).code == Errc::forbidden);
  CHECK(error_of(r->issue_mine_token(person_actor(Role::coordinator, "luovi"), id)).code == Errc::not_found);
  auto const token = r->issue_mine_token(person_actor(Role::coordinator, "osao"), id).value();
  CHECK(r->story_of_mine(token).value() == id);
}

TEST_CASE("a teller edits the words of the own story but not its classification, and not once it is published") {
  Record r;
  auto const id = r->create_story(Actor::system(), sample_details()).value().id;
  auto wish = sample_details("luovi");
  wish.title.fi = "Oma otsikko";
  wish.fields = {"07"};
  wish.captions_exemption = "en jaksa";
  r->edit_story(Actor::teller(id), id, wish, 1).value();
  auto const after = r->story(Actor::teller(id), id).value().details;
  CHECK(after.title.fi == "Oma otsikko");
  CHECK(after.institution == "osao");
  CHECK(after.fields == std::vector<std::string>{"091"});
  CHECK(after.captions_exemption.empty());
  auto const shown = published_story(r);
  CHECK(error_of(r->edit_story(Actor::teller(shown), shown, wish, 1)).code == Errc::forbidden);
}

TEST_CASE("studio lists narrow by state, institution, words and what is missing, and tell totals") {
  Record r;
  auto const draft = r->create_story(Actor::system(), sample_details("luovi")).value().id;
  r.pass(milliseconds(10));
  auto const review = story_in_review(r);
  r.pass(milliseconds(10));
  auto const shown = published_story(r);
  auto ids = [&](StudioFilter f) {
    std::vector<std::string> all;
    for (auto const& card : r->list_stories(Actor::system(), f).items) all.push_back(card.id);
    return all;
  };
  using Ids = std::vector<std::string>;
  CHECK(ids({}) == Ids{shown, review, draft});
  StudioFilter f;
  f.state = StoryState::review;
  CHECK(ids(f) == Ids{review});
  f = {};
  f.institution = "luovi";
  CHECK(ids(f) == Ids{draft});
  f = {};
  f.missing = "publish.captions_missing";
  CHECK(ids(f) == Ids{review, draft});
  f.missing = "publish.nonsense";
  CHECK(ids(f).empty());
  f = {};
  f.words = "hoitaja";
  CHECK(ids(f).size() == 3);
  f.words = "100%";
  CHECK(ids(f).empty());
  f = {};
  f.limit = 1;
  f.offset = 1;
  auto const page = r->list_stories(Actor::system(), f);
  CHECK(page.total == 3);
  REQUIRE(page.items.size() == 1);
  CHECK(page.items[0].id == review);
  CHECK(page.items[0].missing == Ids{"publish.captions_missing"});
  CHECK(page.items[0].processing.state == ProcessingState::ready);
}

TEST_CASE("the public lists hold published stories with consent only, newest first, by both field levels") {
  Record r;
  auto const first = published_story(r);
  r.pass(milliseconds(1000));
  auto metal = sample_details("luovi");
  metal.fields = {"071"};
  metal.occupation.clear();
  auto const second = published_story(r, metal);
  story_in_review(r);
  auto const silent = published_story(r);
  r->give_consent(Actor::teller(silent), silent, consent_to({false, false, true, false})).value();
  auto ids = [&](PublishedFilter f) {
    std::vector<std::string> all;
    for (auto const& card : r->published(f).items) all.push_back(card.id);
    return all;
  };
  using Ids = std::vector<std::string>;
  CHECK(ids({}) == Ids{second, first});
  PublishedFilter f;
  f.field = "07";
  CHECK(ids(f) == Ids{second});
  f.field = "091";
  CHECK(ids(f) == Ids{first});
  f = {};
  f.institution = "luovi";
  CHECK(ids(f) == Ids{second});
  f = {};
  f.use = Use::embed;
  CHECK(ids(f) == Ids{silent, second, first});
  auto const card = r->published({}).items[0];
  CHECK(card.stream_key == r->access(second, Use::watch).value().stream_key);
  CHECK(card.poster == "stills/poster.jpg");
  CHECK(card.caption_languages == Ids{"fi"});
  auto const beside = r->related(first, 5);
  REQUIRE(beside.size() == 1);
  CHECK(beside[0].id == second);
}

TEST_CASE("withdrawal pauses at once, and erasure leaves no byte of the texts in database or log") {
  Record r;
  auto d = sample_details();
  std::string const marker = "kissankello8f2";
  for (auto* text : {&d.title, &d.summary, &d.description}) text->fi = text->sv = text->en = marker + " teksti";
  d.description.fi = marker + std::string(15'000, 'x') + marker; // spills over pages
  d.shown_name = marker;
  d.tags = {marker};
  d.captions_exemption = marker;
  auto const invite_id = [&] {
    NewInvite invite;
    invite.institution = "osao";
    invite.teller = marker;
    invite.expires_at = r.now() + std::chrono::hours(1);
    return r->create_invite(Actor::system(), invite).value();
  }();
  auto const accepted = r->accept_invite(invite_id.token, {consent_to(everything), marker}).value();
  auto const id = accepted.story;
  r->edit_story(Actor::system(), id, d, 1).value();
  auto const package = upload_whole(r, Actor::teller(id), id, marker + ".mov");
  for (auto const& p : work_off(r)) r->publish_package(p).value();
  r->save_track(Actor::system(), id, sample_track(true, 0, marker)).value();
  r->save_track(Actor::system(), id, sample_track(true, 1, marker + " uudestaan")).value();
  r->publish(Actor::system(), id).value();

  auto occurrences = [&] {
    int found = 0;
    for (auto const& entry : std::filesystem::directory_iterator(r.folder.path)) {
      std::ifstream in(entry.path(), std::ios::binary);
      std::stringstream content;
      content << in.rdbuf();
      auto const text = content.str();
      for (auto at = text.find(marker); at != std::string::npos; at = text.find(marker, at + 1)) ++found;
    }
    return found;
  };
  REQUIRE(occurrences() > 10); // the test would see it

  r->withdraw(Actor::teller(id), id).value();
  CHECK(error_of(r->access(id, Use::watch)).code == Errc::gone);
  r->finish_erasure(id);
  REQUIRE(occurrences() > 10); // not before its time
  r->erase_now(Actor::teller(id), id).value();
  auto const pending = r->pending_erasures();
  REQUIRE(pending.size() == 1);
  CHECK(pending[0].story == id);
  CHECK(pending[0].packages == std::vector<std::string>{package});
  CHECK(pending[0].originals.size() == 1);
  CHECK(pending[0].uploads.size() == 1);
  r.open(); // a crash before the files are gone loses nothing
  CHECK(r->pending_erasures().size() == 1);

  r->finish_erasure(id);
  CHECK(r->pending_erasures().empty());
  CHECK(occurrences() == 0);
  CHECK(r->story_of_mine(accepted.mine_token).value() == id);
  CHECK(r->consents(Actor::teller(id), id).value().size() == 1);
  CHECK(r->tombstone(id).value().erased_at.has_value());
  CHECK(r->check().empty());
  r->finish_erasure(id); // repeating is fine
}

TEST_CASE("every change of a story leaves a trace that nothing can rewrite") {
  Record r;
  auto const editor = r->create_person(Actor::system(), {"e@example.fi", "Elli Editori", Role::editor, "osao", "", "fi"}).value();
  auto const actor = Actor::of(editor);
  auto const id = story_in_review(r);
  r->edit_story(actor, id, sample_details(), 1).value();
  r->save_track(actor, id, sample_track(true)).value();
  r->publish(actor, id).value();
  r->unpublish(actor, id).value();
  r->withdraw(Actor::teller(id), id).value();
  std::vector<std::string> actions;
  for (auto const& e : r->audit_of(Actor::system(), id).value()) actions.push_back(e.action);
  CHECK(actions == std::vector<std::string>{"story.withdrawn", "story.unpublished", "story.published", "subtitles.saved", "story.edited", "package.ready", "upload.finished", "upload.started", "consent.given", "story.created"});
  auto const newest = r->audit_of(Actor::system(), id).value();
  CHECK(newest[0].actor == "teller");
  CHECK(newest[1].actor == editor.id);
  CHECK(newest[1].name == "Elli Editori");
  CHECK(r->audit_log(person_actor(Role::coordinator, "luovi"), 100).empty());
  CHECK(r->audit_log(person_actor(Role::coordinator, "osao"), 100).size() == actions.size());
}

} // namespace tarina::catalog
