#include "server/api/upload_checksum.hpp"
#include "server/api/upload_metadata.hpp"
#include <array>
#include <openssl/evp.h>
#include <stdexcept>

namespace tarina::server {

void Checksum::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Checksum::Checksum(std::unique_ptr<evp_md_ctx_st, Free> context, std::string expected) : context_(std::move(context)), expected_(std::move(expected)) {}

result<Checksum> Checksum::parse(std::string_view header) {
  auto const space = header.find(' ');
  auto const algorithm = header.substr(0, space);
  auto const* digest = algorithm == "sha1" ? EVP_sha1() : algorithm == "sha256" ? EVP_sha256() : nullptr;
  if (!digest) return Error{Errc::invalid, "upload.checksum_invalid", "the checksum algorithms are sha1 and sha256"};
  auto expected = space == std::string_view::npos ? std::nullopt : decode_base64(header.substr(space + 1));
  if (!expected) return Error{Errc::invalid, "upload.checksum_invalid", "the checksum is not base64"};
  std::unique_ptr<evp_md_ctx_st, Free> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestInit_ex(context.get(), digest, nullptr) != 1) throw std::runtime_error("the checksum algorithm is not available");
  return Checksum(std::move(context), std::move(*expected));
}

void Checksum::add(std::string_view bytes) { EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()); }

bool Checksum::holds() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned int size = 0;
  EVP_DigestFinal_ex(context_.get(), sum.data(), &size);
  return expected_ == std::string_view(reinterpret_cast<char const*>(sum.data()), size);
}

} // namespace tarina::server
