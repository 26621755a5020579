// What holds for every file of the project, so that nobody has to remember it.
#include <catch2/catch.hpp>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

namespace fs = std::filesystem;

namespace {

fs::path const source_dir = tarina_source_dir;

std::string slurp(fs::path const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The files of the project: what git tracks, or without git everything but what is built or installed.
std::vector<std::string> list_files() {
  std::vector<std::string> files;
  auto const command = "git -C '" + source_dir.native() + "' ls-files 2>/dev/null";
  if (std::unique_ptr<FILE, int (*)(FILE*)> const pipe(::popen(command.c_str(), "r"), &::pclose); pipe) {
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), static_cast<int>(line.size()), pipe.get()) != nullptr) {
      std::string name = line.data();
      name.erase(name.find_last_not_of('\n') + 1);
      if (fs::is_regular_file(source_dir / name)) files.push_back(name);
    }
  }
  if (!files.empty()) return files;
  static std::set<std::string> const skipped{".git", "build", "node_modules", "dist", "data"};
  for (auto it = fs::recursive_directory_iterator(source_dir); it != fs::recursive_directory_iterator(); ++it) {
    if (it->is_directory() && skipped.contains(it->path().filename().native())) it.disable_recursion_pending();
    else if (it->is_regular_file()) files.push_back(fs::relative(it->path(), source_dir).native());
  }
  return files;
}

std::string room_of(std::string const& path) { return path.substr(0, path.find('/')); }

/// What each room may include of ours, and which libraries it must not see.
struct Rule {
  std::set<std::string> rooms;
  std::regex forbidden_libraries;
};

std::vector<std::string> find_forbidden_includes(std::string const& room, std::string const& text, Rule const& rule) {
  static std::set<std::string> const rooms{"media", "catalog", "transcode", "server", "web", "tests", "deploy"};
  static std::regex const include(R"re(^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">])re", std::regex::multiline);
  std::vector<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), include), end; it != end; ++it) {
    auto const target = (*it)[1].str();
    auto const other = room_of(target);
    if (target.find("..") != target.npos) found.push_back(target + " (includes are root-relative)");
    else if (rooms.contains(other) && target.find('/') != target.npos && other != room && !rule.rooms.contains(other)) found.push_back(target);
    else if (std::regex_search(target, rule.forbidden_libraries)) found.push_back(target);
  }
  return found;
}

std::map<std::string, Rule> const rules{
    {"media", {{}, std::regex("^(libav|libsw|sqlite3|boost/(asio|beast))")}},
    {"catalog", {{"media"}, std::regex("^(libav|libsw|boost/(asio|beast))")}},
    {"transcode", {{"media"}, std::regex("^sqlite3")}},
    {"server", {{"media", "catalog"}, std::regex("^(libav|libsw|sqlite3)")}},
};

bool is_text(std::string const& path) {
  static std::set<std::string> const endings{".cpp", ".hpp", ".h", ".txt", ".cmake", ".json", ".jsonc", ".md", ".html", ".css", ".ts", ".mjs", ".js", ".sql", ".tsv", ".csv", ".sh",
                                             ".py", ".service", ".yml", ".yaml", ".xml", ".svg", ".vtt", ".srt", ".conf", ".toml", ""};
  return endings.contains(fs::path(path).extension().native());
}

} // namespace

TEST_CASE("No room includes what it must not see") {
  int checked = 0;
  for (auto const& path : list_files()) {
    auto const rule = rules.find(room_of(path));
    if (rule == rules.end() || (!path.ends_with(".cpp") && !path.ends_with(".hpp"))) continue;
    ++checked;
    INFO(path);
    CHECK(find_forbidden_includes(rule->first, slurp(source_dir / path), rule->second) == std::vector<std::string>{});
  }
  CHECK(checked > 20);
}

TEST_CASE("The include rule sees what it is there to see") {
  CHECK(find_forbidden_includes("server", "#include \"transcode/av.hpp\"\n", rules.at("server")).size() == 1);
  CHECK(find_forbidden_includes("server", "#include <string>\nextern \"C\" {\n  #include <libavcodec/avcodec.h>\n}\n", rules.at("server")).size() == 1);
  CHECK(find_forbidden_includes("transcode", "#include \"catalog/catalog.hpp\"\n", rules.at("transcode")).size() == 1);
  CHECK(find_forbidden_includes("transcode", "#include \"server/request.hpp\"\n", rules.at("transcode")).size() == 1);
  CHECK(find_forbidden_includes("catalog", "#include \"server/request.hpp\"\n", rules.at("catalog")).size() == 1);
  CHECK(find_forbidden_includes("media", "#include \"catalog/story.hpp\"\n", rules.at("media")).size() == 1);
  CHECK(find_forbidden_includes("media", "#include \"../catalog/story.hpp\"\n", rules.at("media")).size() == 1);
  CHECK(find_forbidden_includes("server", "#include \"catalog/story.hpp\"\n#include \"media/store.hpp\"\n#include <boost/asio.hpp>\n", rules.at("server")).empty());
}

TEST_CASE("No file speaks of the machine it was written on") {
  // Assembled, so that this file does not break its own rule.
  auto const slash = std::string("/");
  std::vector<std::string> const forbidden{slash + "work" + slash + "main", slash + "work" + slash + "shared", slash + "home" + slash, slash + "root" + slash, slash + "tmp" + slash + "tarina" + slash};
  for (auto const& path : list_files()) {
    if (!is_text(path) || path == "LICENSE") continue;
    auto const text = slurp(source_dir / path);
    for (auto const& word : forbidden) {
      INFO(path << " has " << word);
      CHECK(text.find(word) == text.npos);
    }
  }
}

TEST_CASE("Every string exists in Finnish, Swedish and English") {
  auto const folder = source_dir / "web/i18n";
  if (!fs::exists(folder)) return;
  std::set<std::string> families;
  for (auto const& entry : fs::directory_iterator(folder)) {
    auto const name = entry.path().filename().native();
    if (name.ends_with(".json")) families.insert(name.substr(0, name.find('.')));
  }
  REQUIRE(!families.empty());
  for (auto const& family : families) {
    std::map<std::string, std::set<std::string>> keys;
    for (auto const* language : {"fi", "sv", "en"}) {
      INFO(family << "." << language);
      auto const file = folder / (family + "." + language + ".json");
      REQUIRE(fs::exists(file));
      auto const strings = nlohmann::json::parse(slurp(file));
      for (auto const& [key, value] : strings.items()) {
        INFO(key);
        CHECK(value.is_string());
        CHECK(value != "");
        keys[language].insert(key);
      }
    }
    for (auto const* language : {"sv", "en"}) {
      std::vector<std::string> odd;
      std::set_symmetric_difference(keys["fi"].begin(), keys["fi"].end(), keys[language].begin(), keys[language].end(), std::back_inserter(odd));
      INFO(family << ": fi and " << language << " differ");
      CHECK(odd == std::vector<std::string>{});
    }
  }
}

TEST_CASE("Placeholders are the same in every language") {
  auto const folder = source_dir / "web/i18n";
  if (!fs::exists(folder)) return;
  static std::regex const placeholder(R"(\{[a-z_]+\})");
  for (auto const& entry : fs::directory_iterator(folder)) {
    auto const name = entry.path().filename().native();
    if (!name.ends_with(".fi.json")) continue;
    auto const finnish = nlohmann::json::parse(slurp(entry.path()));
    for (auto const* language : {"sv", "en"}) {
      auto const other_path = folder / (name.substr(0, name.size() - 7) + language + ".json");
      if (!fs::exists(other_path)) continue;
      auto const other = nlohmann::json::parse(slurp(other_path));
      auto const holes = [](std::string const& text) {
        std::set<std::string> found;
        for (std::sregex_iterator it(text.begin(), text.end(), placeholder), end; it != end; ++it) found.insert(it->str());
        return found;
      };
      for (auto const& [key, value] : finnish.items()) {
        if (!other.contains(key) || !value.is_string() || !other.at(key).is_string()) continue;
        INFO(name << " " << key << " in " << language);
        CHECK(holes(value.get<std::string>()) == holes(other.at(key).get<std::string>()));
      }
    }
  }
}

TEST_CASE("Every error has a sentence that people understand") {
  auto const file = source_dir / "web/i18n/errors.en.json";
  if (!fs::exists(file)) return;
  auto const sentences = nlohmann::json::parse(slurp(file));
  static std::regex const error(R"re((Errc::[a-z_]+,|TaskFailure\{|permanent_failure\(|failure\()\s*"([a-z_]+\.[a-z_]+)")re");
  int checked = 0;
  for (auto const& path : list_files()) {
    if (!path.ends_with(".cpp") || !rules.contains(room_of(path))) continue;
    auto const text = slurp(source_dir / path);
    for (std::sregex_iterator it(text.begin(), text.end(), error), end; it != end; ++it, ++checked) {
      INFO(path << " has " << (*it)[2].str());
      CHECK(sentences.contains("error." + (*it)[2].str()));
    }
  }
  CHECK(checked > 50);
}
