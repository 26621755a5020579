// Pages from templates: web/pages and web/parts (Mustache), words from web/i18n, assets from web/dist.
#pragma once
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarina::server {

/// Read once at start, then constant: every method may be called from any thread.
///
/// In a template: {{name}} escaped, {{{name}}} raw, {{#list}}…{{/list}}, {{^empty}}…{{/empty}}, {{> part}} for
/// web/parts/part.html, {{t.key}} a string of the page's language, {{asset.watch.js}} an asset's address,
/// {{{icon.name}}} an outline icon of lucide. In the context null, false, "" and [] are empty; {} is not.
class Templates {
public:
  /// Throws std::runtime_error naming the file when a template, part, i18n file or web/dist/manifest.json is missing
  /// or broken.
  explicit Templates(std::filesystem::path const& web);
  ~Templates();

  /// Renders web/pages/{page}.html, or a part when there is no such page. Throws std::out_of_range when there is neither.
  std::string render(std::string_view page, nlohmann::json const& context, std::string_view language) const;

  /// A string of web/i18n in "fi", "sv" or "en"; the Finnish one, then the key itself, when it is missing.
  std::string const& text(std::string_view language, std::string_view key) const;
  /// The same with "{name}" parts replaced: text("fi", "search.page", {{"n", "2"}}). The result is not escaped.
  std::string text(std::string_view language, std::string_view key,
                   std::initializer_list<std::pair<std::string_view, std::string>> parts) const;
  /// "{key}.one" for exactly 1, else "{key}.other", with {n} replaced.
  std::string count(std::string_view language, std::string_view key, long long n) const;
  bool has_text(std::string_view key) const;
  /// All strings whose keys begin with one of `prefixes`, as a JSON object safe inside <script>.
  std::string strings_json(std::string_view language, std::vector<std::string> const& prefixes) const;

  /// "/assets/watch-3K2J.js" for "watch.js". Throws std::out_of_range when there is none.
  std::string const& asset(std::string_view name) const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace tarina::server
