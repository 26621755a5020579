#include "catalog/ids.hpp"
#include <sodium.h>
#include <stdexcept>

namespace tarina::catalog {
namespace {
void ready() {
  static int const state = sodium_init();
  if (state < 0) throw std::runtime_error("libsodium cannot start");
}
}

std::string random_id(std::size_t length) {
  ready();
  static constexpr char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string id(length, '0');
  for (auto& c : id) c = alphabet[randombytes_uniform(36)];
  return id;
}

std::string hash_token(std::string_view token) {
  ready();
  unsigned char hash[32];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<unsigned char const*>(token.data()), token.size(), nullptr, 0);
  char hex[sizeof hash * 2 + 1];
  sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  return hex;
}

} // namespace tarina::catalog
