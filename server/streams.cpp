#include "server/streams.hpp"
#include "catalog/catalog.hpp"
#include "media/package.hpp"
#include "media/store.hpp"
#include "server/answer.hpp"
#include "server/growing_playlists.hpp"
#include "server/metrics.hpp"
#include "server/open_files.hpp"
#include <fmt/format.h>
#include <limits>
#include <unistd.h>

namespace tarina::server {
namespace {

constexpr std::size_t open_file_limit = 512;
constexpr std::size_t key_limit = 10'000;
constexpr std::int64_t text_limit = 1 << 20;
// Segments never change, so who was allowed to see them may keep them. Caches that many share ask again within the minute
// in which a withdrawal must get through (s-maxage, RFC 9111 5.2.2.10); with the ETag that costs a 304. What names segments is
// asked for again by everybody, so that a mended playlist gets through.
constexpr std::string_view segment_caching = "public, max-age=31536000, s-maxage=50, immutable";
constexpr std::string_view playlist_caching = "public, max-age=60, s-maxage=50";

/// What any page of another site may load under a key.
enum class Elsewhere { nothing, stills, all };

struct Known {
  std::string package;
  Elsewhere elsewhere = Elsewhere::nothing;
};

/// Answers of Catalog::resolve_stream and of the preview's check, dropped whenever any of them may have changed.
class KnownKeys {
public:
  std::optional<Known> find(std::uint64_t version, std::string const& key) {
    std::lock_guard lock(mutex_);
    renew(version);
    auto const found = streams_.find(key);
    return found == streams_.end() ? std::nullopt : std::optional(found->second);
  }
  void keep(std::uint64_t version, std::string const& key, Known stream) {
    std::lock_guard lock(mutex_);
    renew(version);
    if (version == version_ && streams_.size() < key_limit) streams_[key] = std::move(stream);
  }

private:
  void renew(std::uint64_t version) {
    if (version <= version_) return;
    version_ = version;
    streams_.clear();
  }
  std::mutex mutex_;
  std::uint64_t version_ = 0;
  std::unordered_map<std::string, Known> streams_;
};

struct Streams {
  explicit Streams(App& all) : app(all) {}
  App& app;
  KnownKeys keys;
  OpenFiles files{open_file_limit};
  GrowingPlaylists growing;
};

struct Target {
  std::string package;
  bool preview = false;
  Elsewhere elsewhere = Elsewhere::nothing;
  std::uint64_t version = 0; // of access, taken before the key was resolved
  std::int64_t until = std::numeric_limits<std::int64_t>::max(); // Unix seconds: when a signed address ends
};

std::string etag_of(std::string_view package, std::string_view name) {
  std::uint64_t hash = 14695981039346656037ULL; // FNV-1a: names the immutable file, hides the package
  for (auto part : {package, std::string_view("/"), name})
    for (char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return fmt::format("\"{:016x}\"", hash);
}

void take(Target& target, Known stream) {
  target.package = std::move(stream.package);
  target.elsewhere = stream.elsewhere;
}

/// Feeds carry a story's picture; to play it elsewhere has a consent of its own.
result<Known> known_stream(catalog::Catalog& c, std::string const& key) {
  auto stream = c.resolve_stream(key);
  if (!stream) return stream.error();
  auto elsewhere = stream->use == catalog::Use::embed ? Elsewhere::all : Elsewhere::nothing;
  if (stream->use == catalog::Use::feeds) {
    auto const record = c.package(stream->package);
    if (!record) return record.error();
    elsewhere = c.access(record->story, catalog::Use::embed) ? Elsewhere::all : Elsewhere::stills;
  }
  return Known{std::move(stream->package), elsewhere};
}

/// Of a key whose signature was found right: "p-{package}-{expiry}-{hmac}".
std::int64_t expiry_of(std::string_view key) {
  auto const text = key.substr(0, key.rfind('-'));
  return std::stoll(std::string(text.substr(text.rfind('-') + 1)));
}

awaitable<result<Target>> resolve(Streams& streams, std::string const& key) {
  auto& app = streams.app;
  Target target;
  target.version = app.catalog.direct().access_version();
  target.preview = key.starts_with("p-");
  std::string package;
  if (target.preview) {
    auto signed_for = app.identity.check_preview(key);
    if (!signed_for) co_return signed_for.error();
    package = *signed_for;
    target.until = expiry_of(key);
  }
  if (auto known = streams.keys.find(target.version, key)) {
    take(target, std::move(*known));
    co_return target;
  }
  auto ask = [&](catalog::Catalog& c) -> result<Known> {
    if (!target.preview) return known_stream(c, key);
    auto record = c.package(package);
    if (!record) return record.error();
    auto access = c.access(record->story, catalog::Use::preview); // a withdrawn story is gone for previews too
    if (!access) return access.error();
    return Known{package, Elsewhere::nothing};
  };
  auto answer = co_await app.catalog.run(ask);
  if (!answer) co_return answer.error();
  streams.keys.keep(target.version, key, *answer);
  take(target, std::move(*answer));
  co_return target;
}

bool is_text(std::string_view name) { return name.ends_with(".m3u8") || name.ends_with(".mpd") || name.ends_with(".vtt"); }

std::string read_all(media::OpenFile const& file) {
  std::string out(static_cast<std::size_t>(file.size()), '\0');
  auto const n = ::pread(file.fd(), out.data(), out.size(), 0);
  if (n != static_cast<ssize_t>(out.size())) throw std::runtime_error("short read of a playlist");
  return out;
}

Response send_kept(Target const& target, std::string const& name, OpenFiles::FilePtr opened) {
  auto const type = stream_content_type(name);
  auto const caching = target.preview ? std::string_view("private, no-store") : is_text(name) ? playlist_caching : segment_caching;
  if (is_text(name) && opened->size() <= text_limit) { // compressed like other text
    auto response = text(read_all(*opened), type);
    response.set(http::field::etag, etag_of(target.package, name));
    response.set(http::field::cache_control, caching);
    return response;
  }
  return file(std::move(opened), type, etag_of(target.package, name), caching);
}

Response send(Target const& target, std::string const& name, OpenFiles::FilePtr opened) {
  auto response = send_kept(target, name, std::move(opened));
  if (target.elsewhere == Elsewhere::all || (target.elsewhere == Elsewhere::stills && name.starts_with("stills/"))) open_to_other_sites(response);
  return response;
}

/// Of a package that is still being made: as of now, and asked for again and again.
Response send_growing(Request const& request, std::string const& name, GrowingPlaylists::Playlist const& playlist) {
  if (!playlist.known) return problem(request, {Errc::not_found, "stream.unknown", "no such playlist"});
  auto response = text(playlist.text, stream_content_type(name));
  response.set(http::field::etag, playlist.etag);
  response.set(http::field::cache_control, "private, no-cache"); // nobody else's, and asked for anew each time
  return response;
}

/// A package that is still being made: playlists as of now, files as workers sent them.
awaitable<Response> serve_growing(Streams& streams, Request& request, Target const& target, std::string const& name, std::uint64_t version) {
  auto& app = streams.app;
  if (is_text(name)) {
    auto look = [&](catalog::Catalog& c) { return c.package(target.package); };
    auto record = co_await app.catalog.run(look);
    if (!record) co_return problem(request, record.error());
    ++app.metrics.playlists_written;
    GrowingPlaylists::Versions const versions{target.version, version};
    co_return send_growing(request, name, *streams.growing.keep(versions, target.package + "/" + name, write_playlist(*record, name)));
  }
  auto open = [&]() -> result<media::OpenFile> {
    auto staged = app.store.open_staged(target.package, name);
    if (staged) return staged;
    return app.store.open_published(target.package, name); // it may have been moved just now
  };
  auto opened = co_await app.files.run(open);
  if (!opened) co_return problem(request, {Errc::not_found, "stream.unknown", "no such file"});
  co_return send(target, name, std::make_shared<media::OpenFile const>(std::move(*opened)));
}

/// A file of a published package never changes: it may be sent again until access to it does.
Response send_published(Target const& target, std::string const& name, OpenFiles::FilePtr opened) {
  auto response = send(target, name, std::move(opened));
  response.repeat = Repeat{target.version, target.until};
  return response;
}

awaitable<Response> serve_stream(Streams& streams, Request& request) {
  auto const& key = request.param("key");
  auto const& name = request.param("name");
  Error const unknown{Errc::not_found, "stream.unknown", "no such file"};
  if (!media::is_output_name(name) || name == media::download_name) co_return problem(request, unknown); // that has a consent of its own
  auto target = co_await resolve(streams, key);
  if (!target) co_return problem(request, target.error());
  auto const path = target->package + "/" + name;
  auto const version = streams.app.catalog.direct().package_version(target->package);
  if (target->preview && is_text(name))
    if (auto const kept = streams.growing.find({target->version, version}, path)) co_return send_growing(request, name, *kept);
  if (auto kept = streams.files.find(target->version, path)) co_return send_published(*target, name, std::move(kept));
  auto open = [&] { return streams.app.store.open_published(target->package, name); };
  auto opened = co_await streams.app.files.run(open);
  if (opened) {
    auto shared = std::make_shared<media::OpenFile const>(std::move(*opened));
    streams.files.keep(target->version, path, shared);
    co_return send_published(*target, name, std::move(shared));
  }
  if (!target->preview) co_return problem(request, unknown);
  auto response = co_await serve_growing(streams, request, *target, name, version);
  co_return response;
}

} // namespace

std::string_view stream_content_type(std::string_view name) {
  auto const dot = name.rfind('.');
  auto const extension = dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
  if (extension == "m3u8") return "application/vnd.apple.mpegurl";
  if (extension == "mpd") return "application/dash+xml";
  if (extension == "m4s") return "video/iso.segment";
  if (extension == "mp4") return "video/mp4";
  if (extension == "jpg") return "image/jpeg";
  if (extension == "json") return "application/json";
  if (extension == "vtt") return "text/vtt; charset=utf-8";
  return "application/octet-stream";
}

void add_stream_routes(Router& router, App& app) {
  auto streams = std::make_shared<Streams>(app);
  app.each_sweep.push_back([streams, &app] { streams->files.let_go(app.catalog.direct().access_version()); }); // an erased film's bytes are free only then
  router.add(http::verb::get, "/stream/{key}/{name...}", [streams](Request& r) { return serve_stream(*streams, r); });
}

} // namespace tarina::server
