#include "server/passwords.hpp"
#include <algorithm>
#include <array>
#include <boost/beast/core/string.hpp>
#include <sodium.h>
#include <stdexcept>
#include <string_view>

namespace tarina::server {
namespace {

constexpr unsigned long long passes = 3;
constexpr std::size_t memory = std::size_t{32} * 1024 * 1024;

/// The commonest of ten characters and more; shorter ones are refused anyway.
constexpr std::array<std::string_view, 40> common{
    "1234567890",  "12345678910", "0123456789",  "0987654321",  "9876543210",   "1111111111",   "qwertyuiop",  "qwerty1234",
    "qwerty12345", "qwerty123456", "1q2w3e4r5t", "1qaz2wsx3edc", "password12",  "password123",  "password1234", "passw0rd123",
    "salasana12",  "salasana123", "salasana1234", "lösenord123", "iloveyou123", "abcdefghij",   "abc1234567",  "abcd123456",
    "asdfghjkl1",  "zaq12wsxcde", "administrator", "admin12345", "adminadmin",  "welcome123",   "letmein123",  "football123",
    "princess123", "sunshine123", "tervetuloa1", "tervetuloa",   "perkele123",  "jääkiekko1",   "oppilaitos",  "0000000000"};

/// A hash nobody's password has, so that unknown people cost the same work.
std::string const& decoy() {
  static std::string const hash = hash_password_now("no password has this hash: \x01\x02\x03");
  return hash;
}

} // namespace

result<void> check_new_password(std::string const& password) {
  // Characters, not bytes: continuation bytes do not count.
  auto const characters = std::count_if(password.begin(), password.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  if (characters < 10) return Error{Errc::invalid, "password.too_short", "a password has at least 10 characters"};
  if (password.size() > 256) return Error{Errc::invalid, "password.too_long", "a password has at most 256 bytes"};
  bool const same = password.find_first_not_of(password.front()) == std::string::npos;
  bool const known = std::any_of(common.begin(), common.end(), [&](std::string_view word) {
    return boost::beast::iequals({word.data(), word.size()}, {password.data(), password.size()});
  });
  if (same || known) return Error{Errc::invalid, "password.too_common", "this password is too easily guessed"};
  return {};
}

std::string hash_password_now(std::string const& password) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (sodium_init() < 0 || crypto_pwhash_str_alg(out.data(), password.data(), password.size(), passes, memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
    throw std::runtime_error("no memory to hash a password");
  return out.data();
}

bool verify_password(std::string const& hash, std::string const& password) {
  auto const& against = hash.empty() ? decoy() : hash;
  bool const same = sodium_init() >= 0 && crypto_pwhash_str_verify(against.c_str(), password.data(), password.size()) == 0;
  return same && !hash.empty();
}

} // namespace tarina::server
