#include "server/identity.hpp"
#include "server/passwords.hpp"
#include "server/throttle.hpp"
#include "service_fixture.hpp"
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <fcntl.h>
#include <sys/stat.h>

using namespace fixture;
using namespace tarina::server;

namespace {
/// Runs a coroutine to its end.
template <class T> T wait_for(awaitable<T> work) {
  // Kept: the pool's thread that handed in the last result may still be leaving the context when the run is over.
  static std::deque<asio::io_context> contexts;
  auto& io = contexts.emplace_back();
  std::optional<T> value;
  std::exception_ptr failure;
  auto done = [&](std::exception_ptr thrown, T result) {
    failure = thrown;
    if (!thrown) value.emplace(std::move(result));
  };
  asio::co_spawn(io.get_executor(), std::move(work), done);
  io.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*value);
}

struct People : Site {
  People() {
    catalog::NewPerson wanted;
    wanted.email = "opettaja@example.org";
    wanted.name = "Olli Opettaja";
    wanted.role = catalog::Role::administrator;
    person = catalog().create_person(catalog::Actor::system(), wanted).value();
    auto const hash = wait_for(identity().hash_password("kolme sanaa riittää"));
    REQUIRE(hash);
    REQUIRE(catalog().set_password(person.id, *hash));
  }
  Identity& identity() { return service->app().identity; }
  static Request from(std::string address) {
    Request request;
    request.remote = std::move(address);
    request.headers.set(http::field::host, "localhost");
    return request;
  }
  static Request with_cookie(std::string const& set_cookie) {
    auto request = from("192.0.2.1");
    request.headers.set(http::field::cookie, "lang=fi; " + set_cookie.substr(0, set_cookie.find(';')));
    return request;
  }
  catalog::Person person;
};
} // namespace

TEST_CASE("signing in gives a session that its cookie proves until it is closed") {
  People people;
  auto const request = People::from("192.0.2.1");
  auto const session = wait_for(people.identity().sign_in(request, "Opettaja@Example.org", "kolme sanaa riittää"));
  REQUIRE(session);
  CHECK(session->person->id == people.person.id);
  CHECK(session->set_cookie.starts_with("session="));
  CHECK(session->set_cookie.find("HttpOnly; SameSite=Lax") != std::string::npos);
  CHECK(session->set_cookie.find("Secure") == std::string::npos); // plain http
  auto const signed_in = People::with_cookie(session->set_cookie);
  auto const who = wait_for(people.identity().person(signed_in));
  REQUIRE(who);
  CHECK(who->name == "Olli Opettaja");
  CHECK_FALSE(wait_for(people.identity().person(request)));
  CHECK_FALSE(wait_for(people.identity().person(People::with_cookie("session=" + std::string(40, 'a')))));
  auto const cleared = wait_for(people.identity().sign_out(signed_in));
  CHECK(cleared.find("Max-Age=0") != std::string::npos);
  CHECK_FALSE(wait_for(people.identity().person(signed_in)));
}

TEST_CASE("under https the cookie is bound to the host and secure") {
  People people;
  auto request = People::from("192.0.2.1");
  request.scheme = "https";
  auto const session = wait_for(people.identity().sign_in(request, "opettaja@example.org", "kolme sanaa riittää"));
  REQUIRE(session);
  CHECK(session->set_cookie.starts_with("__Host-session="));
  CHECK(session->set_cookie.ends_with("; Secure"));
}

TEST_CASE("a wrong password, an unknown and a disabled person get the same words") {
  People people;
  auto failure = [&](std::string const& email, std::string const& password) {
    auto const answer = wait_for(people.identity().sign_in(People::from("192.0.2.2"), email, password));
    REQUIRE_FALSE(answer);
    return answer.error().key + answer.error().detail;
  };
  auto const wrong = failure("opettaja@example.org", "kolme sanaa");
  CHECK(wrong == failure("nobody@example.org", "kolme sanaa riittää"));
  CHECK(wrong == failure("opettaja@example.org", std::string(5000, 'x')));
  catalog::NewPerson second;
  second.email = "toinen@example.org";
  second.name = "Toinen";
  second.role = catalog::Role::administrator;
  REQUIRE(people.catalog().create_person(catalog::Actor::system(), second));
  REQUIRE(people.catalog().set_disabled(catalog::Actor::system(), people.person.id, true));
  CHECK(wrong == failure("opettaja@example.org", "kolme sanaa riittää"));
}

TEST_CASE("guessing is slowed down for the guesser, not for the owner of the account") {
  People people;
  bool slowed = false;
  for (int i = 0; i < 15 && !slowed; ++i) {
    auto const answer = wait_for(people.identity().sign_in(People::from("203.0.113.5"), "opettaja@example.org", "guess " + std::to_string(i)));
    REQUIRE_FALSE(answer);
    slowed = answer.error().code == Errc::rate_limited;
  }
  CHECK(slowed);
  CHECK(wait_for(people.identity().sign_in(People::from("192.0.2.1"), "opettaja@example.org", "kolme sanaa riittää")));
}

TEST_CASE("a one-time link signs in once") {
  People people;
  auto const link = people.catalog().create_sign_in_link(catalog::Actor::system(), people.person.id, std::chrono::hours(1)).value();
  CHECK(wait_for(people.identity().sign_in_once(People::from("192.0.2.1"), link)));
  CHECK_FALSE(wait_for(people.identity().sign_in_once(People::from("192.0.2.1"), link)));
}

TEST_CASE("new passwords are refused when they are short, long or common") {
  auto key = [](std::string const& password) {
    auto const answer = check_new_password(password);
    return answer ? std::string() : answer.error().key;
  };
  CHECK(key("lyhyt") == "password.too_short");
  CHECK(key("äääääääää") == "password.too_short"); // nine characters, eighteen bytes
  CHECK(key("Password123") == "password.too_common");
  CHECK(key(std::string(20, 'z')) == "password.too_common");
  CHECK(key(std::string(257, 'z')) == "password.too_long");
  CHECK(key("kolme sanaa riittää") == "");
  CHECK_FALSE(verify_password("", ""));
  auto const hash = hash_password_now("kolme sanaa riittää");
  CHECK(hash.starts_with("$argon2id$"));
  CHECK(verify_password(hash, "kolme sanaa riittää"));
  CHECK_FALSE(verify_password(hash, "kolme sanaa"));
}

TEST_CASE("unsafe methods must come from our own pages") {
  People people;
  auto allowed = [&](http::verb method, std::map<std::string, std::string> const& headers) {
    Request request = People::from("192.0.2.1");
    request.method = method;
    for (auto const& [name, value] : headers) request.headers.set(name, value);
    return people.identity().check_origin(request).has_value();
  };
  using http::verb;
  CHECK(allowed(verb::get, {{"Origin", "https://evil.example"}}));
  CHECK(allowed(verb::post, {}));
  CHECK(allowed(verb::post, {{"Origin", "http://localhost"}}));
  CHECK(allowed(verb::post, {{"Origin", "https://localhost"}})); // a proxy ended TLS
  CHECK(allowed(verb::post, {{"Sec-Fetch-Site", "same-origin"}}));
  CHECK(allowed(verb::post, {{"Sec-Fetch-Site", "none"}}));
  CHECK_FALSE(allowed(verb::post, {{"Origin", "https://evil.example"}}));
  CHECK_FALSE(allowed(verb::post, {{"Origin", "null"}}));
  CHECK_FALSE(allowed(verb::post, {{"Origin", "http://localhost:81"}}));
  CHECK_FALSE(allowed(verb::post, {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://localhost"}}));
  CHECK_FALSE(allowed(verb::delete_, {{"Sec-Fetch-Site", "same-site"}}));
}

TEST_CASE("a throttle refills with time and forgets what is full") {
  Throttle throttle(2, std::chrono::hours(1));
  CHECK(throttle.take("a"));
  CHECK(throttle.take("a"));
  CHECK_FALSE(throttle.take("a"));
  CHECK(throttle.take("b"));
  throttle.forgive("a");
  CHECK(throttle.take("a"));
}

TEST_CASE("secrets are made once, for the server's user alone") {
  Site site;
  auto const first = site.worker_token();
  CHECK(first.size() >= 32);
  struct stat facts {};
  REQUIRE(::stat((site.config.data / "secrets" / "worker-token").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  REQUIRE(::stat((site.config.data / "secrets").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0700);
  site.restart();
  CHECK(site.worker_token() == first);
}

TEST_CASE("two servers never share a data folder") {
  Site site;
  CHECK_THROWS_WITH(server::Service(site.config), Catch::Contains("another tarina-server"));
}
