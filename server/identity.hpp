// Who asks: sessions, sign-in, same-origin checks, and signed preview paths.
#pragma once
#include "server/catalog_client.hpp"
#include "server/config.hpp"
#include "server/request.hpp"
#include <memory>
#include <string>

namespace tarina::catalog { struct Person; }

namespace tarina::server {

using PersonPtr = std::shared_ptr<catalog::Person const>;

/// A new session: the person and the Set-Cookie value that carries it.
struct SignedIn {
  PersonPtr person;
  std::string set_cookie;
};

class Identity {
public:
  /// `signing_key`: 32 random bytes kept in the data folder's secrets.
  Identity(CatalogClient catalog, WorkPool& hashing, Config const& config, std::string signing_key);
  ~Identity();

  /// The signed-in person, or null. Sessions are cached for a few seconds; sign-out and disabling drop the cache here.
  awaitable<PersonPtr> person(Request const& request);

  /// Errc::unauthenticated "sign_in.wrong" (same words and work for unknown people and wrong passwords),
  /// Errc::rate_limited "sign_in.too_many" by address and by account.
  awaitable<result<SignedIn>> sign_in(Request const& request, std::string email, std::string password);
  /// Whose one-time link this is (first administrator, new or forgotten password), without using it up: asked before a
  /// password is hashed for it.
  awaitable<result<catalog::Person>> sign_in_link(Request const& request, std::string token);
  /// Uses the link up and opens a session.
  awaitable<result<SignedIn>> sign_in_once(Request const& request, std::string token);
  /// Ends the session; gives the Set-Cookie value that clears it.
  awaitable<std::string> sign_out(Request const& request);

  /// Argon2id string for the catalog, hashed off the I/O threads; Errc::invalid "password.too_short" under 10
  /// characters, "password.too_common", "password.too_long" above 256 bytes.
  awaitable<result<std::string>> hash_password(std::string password);
  /// Forgets cached sessions, after a role, password or account changed.
  void forget_sessions();

  /// Unsafe methods must come from our own pages: Sec-Fetch-Site, else Origin against Host. The session loop asks this
  /// for every request; handlers need not. Requests without either header are not from browsers and pass.
  result<void> check_origin(Request const& request) const;

  /// "/stream/p-{package}-{expiry}-{hmac}/": a capability to play a package that is staged or published.
  std::string preview_prefix(std::string_view package, std::chrono::seconds valid = std::chrono::hours(6)) const;
  /// The package of a key "p-…"; Errc::not_found when forged, Errc::gone "preview.expired" when old.
  result<std::string> check_preview(std::string_view key) const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "https://host" as the client sees this server: config.base_url, else scheme and Host. No slash at the end.
std::string origin_of(Config const& config, Request const& request);

} // namespace tarina::server
