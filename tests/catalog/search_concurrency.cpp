#include "tests/catalog/search_samples.hpp"
#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

using namespace tarina;
using namespace tarina::catalog;

TEST_CASE("searches, writes and a rebuild go on at once and every search sees whole stories") {
  SearchFolder folder;
  SearchIndex index(folder.options(2));
  auto story = [](int i, int revision) {
    auto s = finnish_story("s" + std::to_string(i), "Kokki numero " + std::to_string(i),
                           {cue(0, "Olen kokki ja tämä on revisio" + std::to_string(revision) + "."), cue(20, "Hei taas, kokit.")});
    s.revision = revision;
    return s;
  };
  constexpr int stories = 8, rounds = 6;
  for (int i = 0; i < stories; ++i) index.update(story(i, 0));

  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0, searches = 0;
  std::vector<std::thread> readers;
  for (int r = 0; r < 3; ++r)
    readers.emplace_back([&, r] {
      do {
        auto query = words(r == 0 ? "" : r == 1 ? "kokki" : "kokik");
        auto const result = index.search(query).value();
        if (r < 2 && (result.total != stories || result.hits.size() != stories)) ++wrong;
        if (r == 1)
          for (auto const& hit : result.hits)
            if (hit.moments.empty()) ++wrong;
        if (r == 2) index.moments("s1", "kokki");
        ++searches;
      } while (!done);
    });
  std::thread rebuilder([&] {
    for (int i = 0; i < 2; ++i)
      index.rebuild([&](auto const& add) {
        for (int s = 0; s < stories; ++s) add(story(s, 0));
      });
  });
  for (int round = 1; round <= rounds; ++round)
    for (int i = 0; i < stories; ++i) index.update(story(i, round));
  rebuilder.join();
  done = true;
  for (auto& reader : readers) reader.join();

  CHECK(wrong == 0);
  CHECK(searches >= 3);
  CHECK(index.size() == stories);
  CHECK(index.check() == "");
}
