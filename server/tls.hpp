// The certificate of the built-in TLS, and the rules connections follow under it.
#pragma once
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <openssl/types.h>

namespace tarina::server {

struct SslDeleter {
  void operator()(SSL* ssl) const;
};
using SslPtr = std::unique_ptr<SSL, SslDeleter>;

/// TLS 1.2 and 1.3 by Mozilla's intermediate profile (Server Side TLS 5.7), without its ciphers that need DH parameters;
/// ALPN http/1.1 (RFC 7301). For any thread.
class Tls {
public:
  /// PEM files: the certificate followed by its chain, and its key without a passphrase. Throws std::runtime_error, which
  /// says what is wrong with which file.
  Tls(std::filesystem::path certificate, std::filesystem::path key);
  ~Tls();

  /// Reads both files again: connections that begin from now on get the new certificate. Throws as the constructor does;
  /// the old certificate then stays.
  void reload();
  /// The server's side of one connection. `socket` is non-blocking and outlives it.
  SslPtr accept(int socket) const;
  /// When the certificate in use ends.
  std::chrono::system_clock::time_point expires() const;

private:
  std::filesystem::path certificate_, key_;
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;
};

} // namespace tarina::server
