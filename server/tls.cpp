#include "server/tls.hpp"
#include <ctime>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tarina::server {
namespace {

constexpr char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                           "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

[[noreturn]] void fail(std::string const& what) {
  auto const code = ERR_peek_last_error();
  char const* reason = code ? ERR_reason_error_string(code) : nullptr;
  ERR_clear_error();
  throw std::runtime_error(what + (reason ? std::string(": ") + reason : std::string()));
}

int no_passphrase(char*, int, int, void*) { return 0; } // OpenSSL would ask the terminal

/// http/1.1 where the client names it; a client that names only others is refused (RFC 7301 3.2).
int choose_protocol(SSL*, unsigned char const** chosen, unsigned char* size, unsigned char const* offered, unsigned offered_size, void*) {
  static constexpr std::string_view ours = "http/1.1";
  for (unsigned at = 0; at < offered_size; at += offered[at] + 1U) {
    if (std::string_view(reinterpret_cast<char const*>(offered) + at + 1, offered[at]) != ours) continue;
    *chosen = offered + at + 1;
    *size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

std::shared_ptr<SSL_CTX> make_context(std::filesystem::path const& certificate, std::filesystem::path const& key) {
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  auto* c = context.get();
  if (!c || !SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) || !SSL_CTX_set_cipher_list(c, ciphers) || !SSL_CTX_set1_groups_list(c, "X25519:P-256:P-384"))
    fail("TLS cannot be set up");
  // An end without close_notify is an end like any other: HTTP knows by itself whether a message is whole.
  SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(c, 1);
  // Sessions are resumed from this process' memory: no ticket keys that would have to be changed.
  static constexpr unsigned char name[] = "tarina";
  SSL_CTX_set_session_id_context(c, name, sizeof name - 1);
  SSL_CTX_sess_set_cache_size(c, 4096);
  SSL_CTX_set_num_tickets(c, 1);
  SSL_CTX_set_alpn_select_cb(c, choose_protocol, nullptr);
  SSL_CTX_set_default_passwd_cb(c, no_passphrase);
  if (SSL_CTX_use_certificate_chain_file(c, certificate.c_str()) != 1) fail("the certificate " + certificate.string() + " cannot be used");
  if (SSL_CTX_use_PrivateKey_file(c, key.c_str(), SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(c) != 1)
    fail("the key " + key.string() + " cannot be used with the certificate");
  return context;
}

} // namespace

void SslDeleter::operator()(SSL* ssl) const { SSL_free(ssl); }

Tls::Tls(std::filesystem::path certificate, std::filesystem::path key)
    : certificate_(std::move(certificate)), key_(std::move(key)), context_(make_context(certificate_, key_)) {}

Tls::~Tls() = default;

void Tls::reload() {
  auto fresh = make_context(certificate_, key_);
  std::lock_guard lock(mutex_);
  context_.swap(fresh);
}

SslPtr Tls::accept(int socket) const {
  std::lock_guard lock(mutex_);
  SslPtr ssl(SSL_new(context_.get())); // and keeps the context as long as it needs it
  if (!ssl || SSL_set_fd(ssl.get(), socket) != 1) fail("a TLS connection cannot be made");
  SSL_set_accept_state(ssl.get());
  return ssl;
}

std::chrono::system_clock::time_point Tls::expires() const {
  std::lock_guard lock(mutex_);
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context_.get())), &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

} // namespace tarina::server
