// SHA-256 of files and texts.
#pragma once
#include <memory>
#include <string>
#include <string_view>

using EVP_MD_CTX = struct evp_md_ctx_st; // as in <openssl/types.h>

namespace tarina::server {

/// Takes bytes in pieces. Throws std::runtime_error when OpenSSL lacks the algorithm.
class Sha256 {
public:
  Sha256();
  void add(std::string_view bytes);
  std::string hex(); // lower case; once, at the end

private:
  struct Free {
    void operator()(EVP_MD_CTX*) const;
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

/// Of the whole file behind `fd`, lower-case hex. Blocking.
std::string sha256_of_file(int fd);
/// The same by name. Throws std::system_error when it cannot be opened.
std::string sha256_of_file_at(std::string const& path);
std::string sha256_of(std::string_view text);

} // namespace tarina::server
