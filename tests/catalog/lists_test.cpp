// Lesson lists and collections in the record.
#include "catalog/lists.hpp"
#include "record.hpp"
#include <algorithm>
#include <fstream>

namespace tarina::catalog {
namespace {

ListContents lesson(std::vector<std::string> const& stories) {
  ListContents contents;
  contents.title = "Hoitajan päivä";
  for (auto const& story : stories) contents.items.push_back({.id = {}, .story = story, .start = milliseconds(1000), .end = milliseconds(4000), .note = "Katsokaa tämä.", .question = "Mitä huomasitte?"});
  return contents;
}

ListItem whole(std::string const& story) { return {.id = {}, .story = story, .start = {}, .end = {}, .note = {}, .question = {}}; }

bool file_holds(std::filesystem::path const& folder, std::string const& words) {
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::string const all{std::istreambuf_iterator<char>(in), {}};
    if (all.find(words) != std::string::npos) return true;
  }
  return false;
}

} // namespace

TEST_CASE("whoever holds the edit link changes a lesson list, whoever knows its address reads it") {
  Record r;
  Lists lists(*r.catalog);
  auto const story = published_story(r);
  auto const made = lists.create(lesson({story})).value();
  auto const keeper = ListKeeper::by_link(made.token);
  CHECK(made.token.size() == 32);
  auto const read = lists.list(made.id).value();
  CHECK(read.contents.title == "Hoitajan päivä");
  REQUIRE(read.contents.items.size() == 1);
  CHECK(read.contents.items[0].story == story);
  CHECK(read.contents.items[0].question == "Mitä huomasitte?");
  CHECK(lists.open(keeper).value().id == made.id);
  CHECK(error_of(lists.open(ListKeeper::by_link(made.id))).key == "list.link_unknown");
  CHECK(error_of(lists.open(ListKeeper::curator(Actor::system(), made.id))).key == "list.unknown");
  CHECK_FALSE(file_holds(r.folder.path, made.token));
  REQUIRE(lists.remove(keeper));
  CHECK(error_of(lists.list(made.id)).key == "list.unknown");
  CHECK(error_of(lists.open(keeper)).code == Errc::not_found);
}

TEST_CASE("a save that began before another one is refused, and an added clip goes to the end of whatever there is") {
  Record r;
  Lists lists(*r.catalog);
  auto const story = published_story(r);
  auto const other = published_story(r);
  auto const keeper = ListKeeper::by_link(lists.create(lesson({story})).value().token);
  auto before = lists.open(keeper).value();
  REQUIRE(lists.add(keeper, whole(other)));
  CHECK(error_of(lists.save(keeper, before.contents, before.revision)).key == "list.changed_meanwhile");
  auto now = lists.open(keeper).value();
  REQUIRE(now.contents.items.size() == 2);
  std::swap(now.contents.items[0], now.contents.items[1]);
  CHECK(lists.save(keeper, now.contents, now.revision).value() == now.revision + 1);
  auto const after = lists.open(keeper).value();
  CHECK(after.contents.items[0].story == other);
  CHECK(after.contents.items[1].id == before.contents.items[0].id);
}

TEST_CASE("what a list must not be is refused with a key") {
  Record r;
  Lists lists(*r.catalog);
  auto const story = published_story(r);
  auto const draft = r->create_story(Actor::system(), sample_details()).value().id;
  auto const length = r->cards({story}, Use::watch).at(0).duration;
  auto refused = [&](auto change) {
    auto contents = lesson({story});
    change(contents);
    return error_of(lists.create(contents)).key;
  };
  CHECK(refused([](auto& c) { c.title = "  "; }) == "list.title_missing");
  CHECK(refused([](auto& c) { c.title = std::string(201, 'x'); }) == "list.title_too_long");
  CHECK(refused([](auto& c) { c.title = "\u200B"; }) == "list.title_unreadable"); // zero width space
  CHECK(refused([](auto& c) { c.title = "Hoitaja \u202Egpj.avuk"; }) == "list.title_unreadable"); // right-to-left override
  CHECK(refused([](auto& c) { c.title = "Hoitaja \u2067x"; }) == "list.title_unreadable");
  CHECK(refused([](auto& c) { c.title = std::string("Hoita\0ja", 8); }) == "list.title_unreadable");
  CHECK(refused([](auto& c) { c.items[0].note = std::string(1001, 'x'); }) == "list.text_too_long");
  CHECK(refused([](auto& c) { c.items[0].question = "\x01"; }) == "list.text_too_long");
  CHECK(refused([](auto& c) { c.items[0].end = c.items[0].start; }) == "list.time_invalid");
  CHECK(refused([](auto& c) { c.items[0].start = milliseconds(-1); }) == "list.time_invalid");
  CHECK(refused([&](auto& c) { c.items[0].start = length, c.items[0].end.reset(); }) == "list.time_invalid");
  CHECK(refused([](auto& c) { c.items[0].note = c.items[0].question = std::string(1000, 'x'), c.items.resize(40, c.items[0]); }) == "list.too_much_text");
  CHECK(refused([](auto& c) { c.language = "de"; }) == "list.language_unknown");
  CHECK(refused([](auto& c) { c.items.resize(101, c.items[0]); }) == "list.too_many_items");
  CHECK(refused([&](auto& c) { c.items[0].story = draft; }) == "list.story_unknown");
  auto const full = ListKeeper::by_link([&] {
    auto contents = lesson({story});
    contents.items.resize(100, contents.items[0]);
    return lists.create(contents).value().token;
  }());
  CHECK(error_of(lists.add(full, whole(story))).key == "list.too_many_items");
}

TEST_CASE("a clip ends with its story at the latest, and an added one is told by its id") {
  Record r;
  Lists lists(*r.catalog);
  auto const story = published_story(r);
  auto contents = lesson({story});
  contents.title = "Emoji 👩‍🏭 ja é";
  auto const length = r->cards({story}, Use::watch).at(0).duration;
  contents.items[0].end = length + milliseconds(1);
  auto const made = lists.create(contents).value();
  auto const keeper = ListKeeper::by_link(made.token);
  CHECK(lists.list(made.id).value().contents.items.at(0).end == length);
  auto const added = lists.add(keeper, whole(story)).value();
  auto now = lists.open(keeper).value();
  CHECK(now.contents.items.at(1).id == added);
  now.contents.items[1].start = length;
  CHECK(error_of(lists.save(keeper, now.contents, now.revision)).key == "list.time_invalid");
}

TEST_CASE("a withdrawn story keeps its place for its undo, and an erased one leaves no word beside it") {
  Record r;
  Lists lists(*r.catalog);
  auto const story = published_story(r);
  auto const other = published_story(r);
  auto contents = lesson({story, other});
  contents.items[0].note = "Maija Meikäläinen kertoo";
  auto const keeper = ListKeeper::by_link(lists.create(contents).value().token);
  REQUIRE(r->withdraw(Actor::teller(story), story));
  auto held = lists.open(keeper).value();
  CHECK(held.contents.items[0].story == story);
  CHECK(r->cards({story, other}, Use::watch).size() == 1);
  held.contents.title = "Uusi nimi"; // saving around it neither fails nor loses it
  REQUIRE(lists.save(keeper, held.contents, held.revision));
  REQUIRE(r->erase_now(Actor::teller(story), story));
  for (auto const& erasure : r->pending_erasures()) r->finish_erasure(erasure.story);
  auto const left = lists.open(keeper).value().contents.items;
  REQUIRE(left.size() == 2);
  CHECK(left[0].story.empty());
  CHECK(left[0].note.empty());
  CHECK_FALSE(left[0].start);
  CHECK(left[1].story == other);
  CHECK_FALSE(file_holds(r.folder.path, "Maija Meikäläinen kertoo"));
  auto again = lists.open(keeper).value();
  CHECK(lists.save(keeper, again.contents, again.revision));
}

TEST_CASE("a list without stories is gone a month after it was last changed, one with stories stays") {
  Record r;
  Lists lists(*r.catalog);
  auto const story = published_story(r);
  auto const empty = lists.create(lesson({})).value();
  auto const full = lists.create(lesson({story})).value();
  r.pass(std::chrono::days(29));
  lists.create(lesson({})).value();
  CHECK(lists.list(empty.id));
  r.pass(std::chrono::days(2));
  lists.create(lesson({})).value();
  CHECK(error_of(lists.list(empty.id)).key == "list.unknown");
  CHECK(lists.list(full.id));
}

TEST_CASE("editors curate their institution's collections, and only published ones are public") {
  Record r;
  Lists lists(*r.catalog);
  auto const story = published_story(r);
  auto const editor = person_actor(Role::editor, "osao");
  auto const stranger = person_actor(Role::editor, "luovi");
  CHECK(error_of(lists.create_collection(editor, "luovi", lesson({}))).key == "list.institution_unknown");
  CHECK(error_of(lists.create_collection(Actor::teller(story), "osao", lesson({}))).key == "actor.not_allowed");
  auto const id = lists.create_collection(editor, "osao", lesson({})).value();
  CHECK(error_of(lists.set_published(editor, id, true)).key == "list.empty");
  REQUIRE(lists.add(ListKeeper::curator(editor, id), whole(story)));
  CHECK(error_of(lists.list(id)).key == "list.unknown");
  CHECK(error_of(lists.add(ListKeeper::curator(stranger, id), whole(story))).key == "list.unknown");
  CHECK(lists.collections(stranger).empty());
  REQUIRE(lists.set_published(editor, id, true));
  CHECK(lists.list(id).value().published);
  REQUIRE(lists.published_collections(10).size() == 1);
  CHECK(lists.published_collections(10)[0].stories == std::vector<std::string>{story});
  auto const other = published_story(r);
  REQUIRE(lists.add(ListKeeper::curator(editor, id), whole(other)));
  CHECK(lists.published_collections(10)[0].items == 2);
  REQUIRE(r->withdraw(Actor::teller(other), other));
  CHECK(lists.published_collections(10)[0].items == 1);
  REQUIRE(r->withdraw(Actor::teller(story), story));
  CHECK(lists.published_collections(10).empty());
  CHECK(lists.collections(editor).at(0).items == 2);
  auto emptied = lists.open(ListKeeper::curator(editor, id)).value();
  emptied.contents.items.clear();
  CHECK(error_of(lists.save(ListKeeper::curator(editor, id), emptied.contents, emptied.revision)).key == "list.empty");
  REQUIRE(lists.set_published(editor, id, false));
  CHECK(lists.published_collections(10).empty());
  REQUIRE(lists.remove(ListKeeper::curator(editor, id)));
  std::vector<std::string> actions;
  for (auto const& entry : r->audit_log(Actor::system(), 100))
    if (entry.subject == id) actions.push_back(entry.action);
  CHECK(actions == std::vector<std::string>{"collection.deleted", "collection.unpublished", "collection.edited", "collection.published", "collection.edited", "collection.created"});
}

} // namespace tarina::catalog
