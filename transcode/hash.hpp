// SHA-256 as it is written in packages and leases: lower-case hex.
#pragma once
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace tarina::transcode {

class Sha256 {
public:
  Sha256();
  void update(std::string_view bytes);
  /// Ends the computation.
  std::string hex();

private:
  struct Free {
    void operator()(evp_md_ctx_st*) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string sha256_of(std::string_view bytes);
/// Of a whole file, blocking; throws std::system_error when it cannot be read.
std::string sha256_of_file(int fd);

} // namespace tarina::transcode
