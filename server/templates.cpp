#include "server/templates.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <kainjow/mustache.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <unordered_map>

namespace tarina::server {

namespace fs = std::filesystem;
namespace mustache = kainjow::mustache;
using Json = nlohmann::json;

namespace {

using Words = std::unordered_map<std::string, mustache::data>; // a string of each key, as the renderer wants it

std::string read_text(fs::path const& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream out;
  out << in.rdbuf();
  return std::move(out).str();
}

std::string_view trim(std::string_view text) {
  auto const first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

/// Puts parts in place of {{> name}}: the library would parse a part again at every use.
std::string with_parts(std::string const& source, std::map<std::string, std::string, std::less<>> const& parts,
                       std::string const& file, int depth = 0) {
  if (depth > 8) throw std::runtime_error(file + ": parts include each other");
  std::string out;
  std::size_t at = 0;
  for (auto open = source.find("{{>"); open != std::string::npos; open = source.find("{{>", at)) {
    auto const close = source.find("}}", open);
    if (close == std::string::npos) throw std::runtime_error(file + ": {{> is not closed");
    auto const name = trim(std::string_view(source).substr(open + 3, close - open - 3));
    auto const part = parts.find(name);
    if (part == parts.end()) throw std::runtime_error(fmt::format("{}: there is no part \"{}\"", file, name));
    out.append(source, at, open - at);
    out += with_parts(part->second, parts, file, depth + 1);
    at = close + 2;
  }
  return out.append(source, at);
}

mustache::data to_data(Json const& value) {
  switch (value.type()) {
  case Json::value_t::object: {
    mustache::object object;
    for (auto const& [key, member] : value.items()) object.emplace(key, to_data(member));
    return mustache::data(object);
  }
  case Json::value_t::array: {
    mustache::list list;
    list.reserve(value.size());
    for (auto const& item : value) list.push_back(to_data(item));
    return mustache::data(list);
  }
  case Json::value_t::string: {
    auto const& text = value.get_ref<std::string const&>();
    return text.empty() ? mustache::data(false) : mustache::data(text); // "" is empty in {{#sections}} too
  }
  case Json::value_t::boolean: return mustache::data(value.get<bool>());
  case Json::value_t::null: return mustache::data(false);
  default: return mustache::data(value.dump());
  }
}

/// Looks names up in the page's context, "t." among words, "asset." and "icon." among files.
class Lookup : public mustache::basic_context<std::string> {
public:
  Lookup(mustache::data const& root, Words const& words, Words const& fallback, Words const& assets, Words const& icons)
      : stack_{&root}, words_(words), fallback_(fallback), assets_(assets), icons_(icons) {}

  void push(mustache::data const* data) override { stack_.push_back(data); }
  void pop() override { stack_.pop_back(); }

  mustache::data const* get(std::string const& name) const override {
    if (name == ".") return stack_.back();
    if (name.starts_with("t.")) {
      auto const key = name.substr(2);
      auto const* found = find(words_, key);
      return found ? found : find(fallback_, key);
    }
    if (name.starts_with("asset.")) return find(assets_, name.substr(6));
    if (name.starts_with("icon.")) return find(icons_, name.substr(5));
    auto const dot = name.find('.');
    for (auto level = stack_.rbegin(); level != stack_.rend(); ++level) {
      auto const* data = (*level)->get(name.substr(0, dot));
      if (!data) continue;
      for (auto at = dot; data && at != std::string::npos;) {
        auto const next = name.find('.', at + 1);
        data = data->get(name.substr(at + 1, next == std::string::npos ? next : next - at - 1));
        at = next;
      }
      return data;
    }
    return nullptr;
  }

  mustache::data const* get_partial(std::string const&) const override { return nullptr; } // see with_parts

private:
  static mustache::data const* find(Words const& words, std::string const& key) {
    auto const found = words.find(key);
    return found == words.end() ? nullptr : &found->second;
  }

  std::vector<mustache::data const*> stack_;
  Words const& words_;
  Words const& fallback_;
  Words const& assets_;
  Words const& icons_;
};

std::map<std::string, std::string, std::less<>> read_folder(fs::path const& folder) {
  std::map<std::string, std::string, std::less<>> files;
  for (auto const& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".html") files.emplace(entry.path().stem().string(), read_text(entry.path()));
  return files;
}

Json read_json(fs::path const& path) {
  try {
    return Json::parse(read_text(path));
  } catch (Json::exception const& error) {
    throw std::runtime_error(path.string() + ": " + error.what());
  }
}

} // namespace

struct Templates::State {
  std::map<std::string, std::unique_ptr<mustache::mustache>, std::less<>> pages;
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> texts; // language → key → string
  std::map<std::string, std::string, std::less<>> addresses;                                 // asset name → address
  std::map<std::string, Words, std::less<>> words;
  Words assets, icons;

  void add(std::string const& name, std::string const& source, std::string const& file) {
    auto parsed = std::make_unique<mustache::mustache>(source);
    if (!parsed->is_valid()) throw std::runtime_error(file + ": " + parsed->error_message());
    pages.emplace(name, std::move(parsed));
  }

  std::map<std::string, std::string, std::less<>> const& language(std::string_view code) const {
    auto const found = texts.find(code);
    return found != texts.end() ? found->second : texts.at("fi");
  }
};

Templates::Templates(fs::path const& web) : state_(std::make_unique<State>()) {
  for (std::string const code : {"fi", "sv", "en"}) state_->texts[code];
  for (auto const& entry : fs::directory_iterator(web / "i18n")) {
    if (entry.path().extension() != ".json") continue;
    auto const code = entry.path().stem().extension().string(); // "public.fi.json" → ".fi"
    auto const texts = state_->texts.find(code.empty() ? code : code.substr(1));
    if (texts == state_->texts.end()) throw std::runtime_error(entry.path().string() + ": not a language of the service");
    auto const strings = read_json(entry.path());
    for (auto const& [key, value] : strings.items()) texts->second[key] = value.get<std::string>();
  }
  for (auto const& [code, texts] : state_->texts)
    for (auto const& [key, value] : texts) state_->words[code].emplace(key, mustache::data(value));

  auto const manifest = read_json(web / "dist" / "manifest.json");
  for (auto const& [name, address] : manifest.items()) {
    state_->addresses.emplace(name, address.get<std::string>());
    state_->assets.emplace(name, mustache::data(address.get<std::string>()));
  }
  auto const icons = read_json(web / "dist" / "icons.json");
  for (auto const& [name, svg] : icons.items()) state_->icons.emplace(name, mustache::data(svg.get<std::string>()));

  auto const parts = read_folder(web / "parts");
  for (auto const& [name, source] : read_folder(web / "pages"))
    state_->add(name, with_parts(source, parts, "pages/" + name + ".html"), "pages/" + name + ".html");
  for (auto const& [name, source] : parts)
    if (!state_->pages.contains(name))
      state_->add(name, with_parts(source, parts, "parts/" + name + ".html"), "parts/" + name + ".html");
}

Templates::~Templates() = default;

std::string Templates::render(std::string_view page, Json const& context, std::string_view language) const {
  auto const found = state_->pages.find(page);
  if (found == state_->pages.end()) throw std::out_of_range(fmt::format("there is no page \"{}\"", page));
  auto const root = to_data(context);
  auto const words = state_->words.find(language);
  auto const& fallback = state_->words.at("fi");
  Lookup lookup(root, words == state_->words.end() ? fallback : words->second, fallback, state_->assets, state_->icons);
  return found->second->render(lookup);
}

std::string const& Templates::text(std::string_view language, std::string_view key) const {
  auto const& texts = state_->language(language);
  if (auto const found = texts.find(key); found != texts.end()) return found->second;
  auto const& finnish = state_->texts.at("fi");
  if (auto const found = finnish.find(key); found != finnish.end()) return found->second;
  thread_local std::string unknown;
  return unknown = key;
}

std::string Templates::text(std::string_view language, std::string_view key,
                            std::initializer_list<std::pair<std::string_view, std::string>> parts) const {
  std::string out;
  std::string_view rest = text(language, key);
  while (!rest.empty()) {
    auto const open = rest.find('{');
    auto const close = open == std::string_view::npos ? open : rest.find('}', open);
    if (close == std::string_view::npos) break;
    out += rest.substr(0, open);
    auto const name = rest.substr(open + 1, close - open - 1);
    auto const part = std::find_if(parts.begin(), parts.end(), [&](auto const& p) { return p.first == name; });
    out += part != parts.end() ? std::string_view(part->second) : rest.substr(open, close - open + 1);
    rest.remove_prefix(close + 1);
  }
  return out.append(rest);
}

std::string Templates::count(std::string_view language, std::string_view key, long long n) const {
  return text(language, fmt::format("{}.{}", key, n == 1 ? "one" : "other"), {{"n", std::to_string(n)}});
}

bool Templates::has_text(std::string_view key) const { return state_->texts.at("fi").contains(key); }

std::string Templates::strings_json(std::string_view language, std::vector<std::string> const& prefixes) const {
  Json strings = Json::object();
  auto const& texts = state_->language(language);
  for (auto const& prefix : prefixes)
    for (auto at = texts.lower_bound(prefix); at != texts.end() && at->first.starts_with(prefix); ++at)
      strings[at->first] = at->second;
  auto out = strings.dump();
  for (std::size_t at = 0; (at = out.find('<', at)) != std::string::npos;) out.replace(at, 1, "\\u003c");
  return out;
}

std::string const& Templates::asset(std::string_view name) const {
  auto const found = state_->addresses.find(name);
  if (found == state_->addresses.end())
    throw std::out_of_range(fmt::format("there is no asset \"{}\" in web/dist/manifest.json", name));
  return found->second;
}

} // namespace tarina::server
