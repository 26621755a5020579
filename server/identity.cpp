#include "server/identity.hpp"
#include "catalog/catalog.hpp"
#include "server/passwords.hpp"
#include "server/throttle.hpp"
#include "server/url.hpp"
#include <algorithm>
#include <fmt/format.h>
#include <mutex>
#include <sodium.h>
#include <unordered_map>

namespace tarina::server {
namespace {

using std::chrono::steady_clock;
constexpr std::chrono::seconds cached_for{5};
constexpr std::chrono::hours session_lifetime{12};

Error wrong() { return {Errc::unauthenticated, "sign_in.wrong", "the e-mail address or the password is wrong"}; }
Error too_many() { return {Errc::rate_limited, "sign_in.too_many", "too many attempts to sign in"}; }

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool is_secure(Config const& config, Request const& request) {
  return request.scheme == "https" || config.base_url.starts_with("https://");
}

std::string_view cookie_name(bool secure) { return secure ? "__Host-session" : "session"; }

std::string session_cookie(bool secure, std::string_view token, std::chrono::seconds lifetime) {
  return fmt::format("{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{}", cookie_name(secure), token, lifetime.count(), secure ? "; Secure" : "");
}

/// Uploads bring what they may do in their own headers; other sites' pages send no cookie with them that counted.
bool is_upload_from_named_site(Config const& config, Request const& request) {
  auto const& named = config.upload_origins;
  return request.path.starts_with("/api/v1/uploads") && std::find(named.begin(), named.end(), request.header(http::field::origin)) != named.end();
}

std::int64_t now_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

} // namespace

struct Identity::State {
  State(CatalogClient client, WorkPool& pool, Config const& settings, std::string key)
      : catalog(client), hashing(pool), config(settings), signing_key(std::move(key)) {}

  CatalogClient catalog;
  WorkPool& hashing;
  Config const& config;
  std::string signing_key;
  Throttle by_address{20, std::chrono::seconds(6)};
  // Looking at one-time links costs a read; a whole course may open theirs from behind one address.
  Throttle links{200, std::chrono::milliseconds(500)};
  // Per account and address together, so that guessing at an account does not lock its owner out elsewhere.
  Throttle by_account{8, std::chrono::seconds(30)};
  // Over all addresses, against many of them guessing at one account; wide enough for its owner to get through.
  Throttle by_account_anywhere{60, std::chrono::seconds(5)};

  struct Cached {
    PersonPtr person;
    steady_clock::time_point until;
  };
  std::mutex mutex;
  std::unordered_map<std::string, Cached> sessions; // by token
  std::uint64_t forgotten = 0; // rises with every forgetting: what was read before must not be cached after it

  std::string sign(std::string_view text) const {
    std::array<unsigned char, 20> mac{};
    crypto_generichash(mac.data(), mac.size(), reinterpret_cast<unsigned char const*>(text.data()), text.size(),
                       reinterpret_cast<unsigned char const*>(signing_key.data()), signing_key.size());
    std::string hex(mac.size() * 2 + 1, '\0');
    sodium_bin2hex(hex.data(), hex.size(), mac.data(), mac.size());
    hex.pop_back();
    return hex;
  }

  void forget(std::string const& token) {
    std::lock_guard lock(mutex);
    ++forgotten;
    sessions.erase(token);
  }

  awaitable<result<SignedIn>> open(Request const& request, catalog::Person person) {
    auto call = [&person](catalog::Catalog& c) { return c.open_session(person.id, session_lifetime); };
    auto token = co_await catalog.run(call);
    if (!token) co_return token.error();
    SignedIn signed_in{std::make_shared<catalog::Person const>(std::move(person)),
                       session_cookie(is_secure(config, request), *token, session_lifetime)};
    co_return signed_in;
  }
};

Identity::Identity(CatalogClient catalog, WorkPool& hashing, Config const& config, std::string signing_key)
    : state_(std::make_unique<State>(catalog, hashing, config, std::move(signing_key))) {
  if (sodium_init() < 0) throw std::runtime_error("libsodium does not start");
  if (state_->signing_key.size() < 32) throw std::runtime_error("the signing key needs 32 bytes");
}
Identity::~Identity() = default;

awaitable<PersonPtr> Identity::person(Request const& request) {
  auto token = request.cookie(cookie_name(is_secure(state_->config, request)));
  if (!token || token->size() < 32 || token->size() > 128) co_return nullptr;
  auto const now = steady_clock::now();
  std::uint64_t forgotten = 0;
  {
    std::lock_guard lock(state_->mutex);
    forgotten = state_->forgotten;
    if (auto const found = state_->sessions.find(*token); found != state_->sessions.end() && found->second.until > now)
      co_return found->second.person;
  }
  auto call = [&token](catalog::Catalog& c) { return c.session(*token); };
  auto session = co_await state_->catalog.run(call);
  PersonPtr person;
  if (session) person = std::make_shared<catalog::Person const>(std::move(session->person));
  std::lock_guard lock(state_->mutex);
  if (state_->sessions.size() >= 5000) std::erase_if(state_->sessions, [&](auto const& entry) { return entry.second.until <= now; });
  if (person && forgotten == state_->forgotten && state_->sessions.size() < 20'000) state_->sessions[*token] = {person, now + cached_for};
  co_return person;
}

awaitable<result<SignedIn>> Identity::sign_in(Request const& request, std::string email, std::string password) {
  auto const account = lower(email);
  if (!state_->by_address.take(request.remote) || !state_->by_account.take(account + '\n' + request.remote) ||
      !state_->by_account_anywhere.take(account))
    co_return too_many();
  if (password.size() > 256) co_return wrong();
  auto look = [&email](catalog::Catalog& c) {
    auto person = c.person_by_email(email);
    return std::pair(c.password_hash(email), person ? std::optional(std::move(*person)) : std::nullopt);
  };
  auto [hash, person] = co_await state_->catalog.run(look);
  auto verify = [&hash = hash, &password] { return verify_password(hash, password); };
  bool const right = co_await state_->hashing.run(verify);
  if (!right || !person || person->disabled) co_return wrong();
  state_->by_account.forgive(account + '\n' + request.remote);
  auto opened = co_await state_->open(request, std::move(*person));
  co_return opened;
}

awaitable<result<catalog::Person>> Identity::sign_in_link(Request const& request, std::string token) {
  if (!state_->links.take(request.remote)) co_return too_many();
  auto look = [&token](catalog::Catalog& c) { return c.sign_in_link(token); };
  auto person = co_await state_->catalog.run(look);
  co_return person;
}

awaitable<result<SignedIn>> Identity::sign_in_once(Request const& request, std::string token) {
  auto use = [&token](catalog::Catalog& c) { return c.use_sign_in_link(token); };
  auto person = co_await state_->catalog.run(use);
  if (!person) co_return person.error();
  auto opened = co_await state_->open(request, std::move(*person));
  co_return opened;
}

awaitable<std::string> Identity::sign_out(Request const& request) {
  bool const secure = is_secure(state_->config, request);
  if (auto token = request.cookie(cookie_name(secure))) {
    auto close = [&token](catalog::Catalog& c) { c.close_session(*token); };
    co_await state_->catalog.run(close);
    state_->forget(*token);
  }
  co_return session_cookie(secure, "", std::chrono::seconds(0));
}

awaitable<result<std::string>> Identity::hash_password(std::string password) {
  if (auto fine = check_new_password(password); !fine) co_return fine.error();
  auto hash = [&password] { return hash_password_now(password); };
  auto hashed = co_await state_->hashing.run(hash);
  co_return hashed;
}

void Identity::forget_sessions() {
  std::lock_guard lock(state_->mutex);
  ++state_->forgotten;
  state_->sessions.clear();
}

result<void> Identity::check_origin(Request const& request) const {
  using http::verb;
  if (request.method == verb::get || request.method == verb::head || request.method == verb::options) return {};
  Error const foreign{Errc::forbidden, "request.foreign_origin", "this must be sent from a page of this site"};
  if (is_upload_from_named_site(state_->config, request)) return {};
  auto const site = request.header("Sec-Fetch-Site");
  if (!site.empty()) {
    if (site == "same-origin" || site == "none") return {};
    return foreign;
  }
  auto const origin = request.header(http::field::origin);
  if (origin.empty() || origin == origin_of(state_->config, request)) return {};
  // Behind a proxy that does not tell the scheme only the host can be compared.
  auto const scheme_end = origin.find("://");
  if (scheme_end != std::string_view::npos && origin.substr(scheme_end + 3) == request.header(http::field::host)) return {};
  return foreign;
}

std::string Identity::preview_prefix(std::string_view package, std::chrono::seconds valid) const {
  // Rounded up to five minutes: a page shown twice gives the same address, which caches like.
  auto const expiry = (now_seconds() + valid.count() + 299) / 300 * 300;
  auto const text = fmt::format("p-{}-{}", package, expiry);
  return fmt::format("/stream/{}-{}/", text, state_->sign(text));
}

result<std::string> Identity::check_preview(std::string_view key) const {
  Error const unknown{Errc::not_found, "stream.unknown", "no such stream"};
  auto const last = key.rfind('-');
  if (!key.starts_with("p-") || key.size() > 200 || last == std::string_view::npos || last < 2) return unknown;
  auto const text = key.substr(0, last);
  auto const given = key.substr(last + 1);
  auto const right = state_->sign(text);
  if (given.size() != right.size() || sodium_memcmp(given.data(), right.data(), right.size()) != 0) return unknown;
  auto const middle = text.rfind('-');
  if (middle < 2) return unknown;
  auto const expiry = std::stoll(std::string(text.substr(middle + 1)));
  if (expiry < now_seconds()) return Error{Errc::gone, "preview.expired", "this preview address has expired; open the page again"};
  return std::string(text.substr(2, middle - 2));
}

std::string origin_of(Config const& config, Request const& request) {
  if (!config.base_url.empty()) return config.base_url;
  return request.scheme + "://" + std::string(request.header(http::field::host));
}

} // namespace tarina::server
