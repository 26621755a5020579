// The checksum extension of tus 1.0.0: "Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=" over one request's body.
#pragma once
#include "media/error.hpp"
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st; // OpenSSL's EVP_MD_CTX

namespace tarina::server {

/// What OPTIONS tells.
inline constexpr std::string_view checksum_algorithms = "sha1,sha256";

class Checksum {
public:
  /// Errc::invalid "upload.checksum_invalid" for an unknown algorithm or broken base64.
  static result<Checksum> parse(std::string_view header);
  void add(std::string_view bytes);
  /// True when everything added has the promised sum. Once, at the end.
  bool holds();

private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  Checksum(std::unique_ptr<evp_md_ctx_st, Free> context, std::string expected);
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  std::string expected_; // raw bytes
};

} // namespace tarina::server
