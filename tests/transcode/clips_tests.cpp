#include "tests/transcode/story.hpp"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace tarina;

TEST_CASE("look at clips", "[.look]") {
  std::ifstream index(test::clips() / "INDEX.tsv");
  auto const* only = std::getenv("TARINA_ONLY");
  auto const* keep = std::getenv("TARINA_KEEP");
  std::string line;
  while (std::getline(index, line)) {
    std::istringstream cells(line);
    std::string file, kind;
    std::getline(cells, file, '\t');
    std::getline(cells, kind, '\t');
    if ((kind != "good" && kind != "broken" && kind != "hostile") || file.starts_with("subs/")) continue;
    if (only != nullptr && file.find(only) == std::string::npos) continue;
    auto const begin = std::chrono::steady_clock::now();
    auto const story = test::make_story(test::clips() / file);
    auto const seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf("%-48s %-8s %6.1fs ", file.c_str(), kind.c_str(), seconds);
    if (story.failure) std::printf("REFUSED %s: %s\n", story.failure->key.c_str(), story.failure->detail.c_str());
    else {
      std::printf("%lld ms %s\n", static_cast<long long>(story.package.duration.count()), nlohmann::json(story.facts).dump().c_str());
      for (auto const& t : story.package.video) std::printf("      %s %s %dx%d %zu segments\n", t.name.c_str(), t.codecs.c_str(), t.width, t.height, t.segments.size());
      for (auto const& t : story.package.audio) std::printf("      %s %s %zu segments\n", t.name.c_str(), t.language.c_str(), t.segments.size());
    }
    std::fflush(stdout);
    if (keep != nullptr) test::write_files(story, std::filesystem::path(keep) / file);
  }
}
