// /assets/…: scripts, styles, fonts and pictures that web/build.mjs made, kept in memory with their compressed forms.
#include "server/app.hpp"
#include "server/compress.hpp"
#include "server/streams.hpp"
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

namespace tarina::server {
namespace {

constexpr std::size_t memory_limit = std::size_t{64} << 20;
constexpr std::size_t compress_limit = std::size_t{4} << 20; // larger text would keep a thread for seconds

struct Asset {
  std::string type;
  std::string etag;
  std::string caching;
  std::map<Coding, std::string> forms; // identity always; gzip and br for text
};
using AssetPtr = std::shared_ptr<Asset const>;

class Assets {
public:
  Assets(App& all, std::filesystem::path folder) : app(all), folder_(std::move(folder)) {}
  AssetPtr find(std::string const& name) {
    std::lock_guard lock(mutex_);
    auto const found = kept_.find(name);
    return found == kept_.end() ? nullptr : found->second;
  }
  /// Null when there is no such file. Blocking.
  AssetPtr load(std::string const& name);
  App& app;

private:
  std::filesystem::path folder_;
  std::mutex mutex_;
  std::map<std::string, AssetPtr, std::less<>> kept_;
  std::size_t bytes_ = 0;
};

std::string_view content_type(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> types[] = {
      {".js", "text/javascript; charset=utf-8"}, {".mjs", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
      {".svg", "image/svg+xml"}, {".png", "image/png"}, {".jpg", "image/jpeg"}, {".webp", "image/webp"}, {".ico", "image/x-icon"},
      {".woff2", "font/woff2"}, {".json", "application/json"}, {".webmanifest", "application/manifest+json"}, {".map", "application/json"},
      {".txt", "text/plain; charset=utf-8"}};
  for (auto const& [ending, type] : types)
    if (name.ends_with(ending)) return type;
  return "application/octet-stream";
}

/// "player-4QX7ZK2M.js": esbuild puts the hash of the content before the extension.
bool has_content_hash(std::string_view name) {
  for (auto dash = name.find('-'); dash != std::string_view::npos && dash + 9 < name.size(); dash = name.find('-', dash + 1)) {
    auto const hash = name.substr(dash + 1, 8);
    if (name[dash + 9] == '.' && hash.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos) return true;
  }
  return false;
}

bool is_safe_name(std::string_view name) {
  if (name.empty() || name.size() > 200) return false;
  char before = '/';
  for (char c : name) {
    bool const plain = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.' || c == '/';
    if (!plain || (before == '/' && (c == '.' || c == '/'))) return false;
    before = c;
  }
  return before != '/';
}

AssetPtr Assets::load(std::string const& name) {
  std::error_code missing;
  if (!std::filesystem::is_regular_file(folder_ / name, missing)) return nullptr;
  std::ifstream in(folder_ / name, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (!in) return nullptr;
  auto asset = std::make_shared<Asset>();
  asset->type = content_type(name);
  auto text = std::move(bytes).str();
  asset->etag = fmt::format("\"{:x}-{:x}\"", text.size(), std::hash<std::string>()(text));
  asset->caching = has_content_hash(name) ? immutable_caching : std::string_view("public, max-age=300");
  if (is_compressible(asset->type) && text.size() > 512 && text.size() < compress_limit)
    for (auto coding : {Coding::gzip, Coding::br}) asset->forms[coding] = compress(coding, text, true);
  asset->forms[Coding::identity] = std::move(text);
  std::lock_guard lock(mutex_);
  for (auto const& [coding, form] : asset->forms) bytes_ += form.size();
  if (bytes_ < memory_limit && has_content_hash(name)) kept_[name] = asset;
  return asset;
}

awaitable<Response> serve_asset(Assets& assets, Request& request) {
  auto const& name = request.param("name");
  Error const unknown{Errc::not_found, "page.not_found", "no such file"};
  if (!is_safe_name(name)) co_return problem(request, unknown);
  auto asset = assets.find(name);
  if (!asset) {
    auto load = [&] { return assets.load(name); };
    asset = co_await assets.app.files.run(load);
  }
  if (!asset) co_return problem(request, unknown);
  auto coding = choose_coding(request.header(http::field::accept_encoding));
  if (!asset->forms.contains(coding)) coding = Coding::identity;
  auto response = text(asset->forms.at(coding), asset->type);
  response.compress = false;
  if (asset->forms.size() > 1) response.set(http::field::vary, "Accept-Encoding");
  if (coding != Coding::identity) response.set(http::field::content_encoding, coding_name(coding));
  // One tag for each form: a strong tag names bytes.
  response.set(http::field::etag, asset->etag.substr(0, asset->etag.size() - 1) + "-" + std::string(coding_name(coding)) + "\"");
  response.set(http::field::cache_control, asset->caching);
  co_return response;
}

} // namespace

void add_asset_routes(Router& router, App& app) {
  auto assets = std::make_shared<Assets>(app, app.config.web / "dist");
  router.add(http::verb::get, "/assets/{name...}", [assets](Request& r) { return serve_asset(*assets, r); });
}

} // namespace tarina::server
