// SPDX-License-Identifier: Apache-2.0
#include "loadgen/tls.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

namespace shallop::loadgen {
namespace {

std::string last_reason() {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  return reason != nullptr ? reason : "no reason given";
}

bool is_address(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

std::expected<TlsContext, std::string> make_tls_context(const TlsOptions& options, bool http2) {
  TlsContext context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return std::unexpected(fmt::format("TLS cannot be used: {}", last_reason()));
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(context.get(), 1);  // header and record of TLS by one read
  // A server that closes without TLS's own goodbye did answer nevertheless; HTTP's framing tells what is missing.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  constexpr std::string_view h2 = "\x02h2";
  constexpr std::string_view http11 = "\x08http/1.1";
  const std::string_view protocols = http2 ? h2 : http11;
  SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
  if (!options.verify) return context;

  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const std::string& file = options.authorities_file;
  const int loaded = file.empty() ? SSL_CTX_set_default_verify_paths(context.get())
                                  : SSL_CTX_load_verify_locations(context.get(), file.c_str(), nullptr);
  if (loaded != 1) return std::unexpected(fmt::format("--cacert: '{}' holds no certificates that can be read", file));
  return context;
}

TlsSession make_tls_session(SSL_CTX* context, int socket, const std::string& host) {
  TlsSession session(SSL_new(context));
  if (session == nullptr || SSL_set_fd(session.get(), socket) != 1) return nullptr;
  SSL_set_connect_state(session.get());
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(session.get(), host.c_str());
    SSL_set1_host(session.get(), host.c_str());
  }
  return session;
}

Failure tls_failure(const SSL* session) {
  const long verified = SSL_get_verify_result(session);
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  if (verified != X509_V_OK) return {FailureKind::tls, -verified};
  return {FailureKind::tls, static_cast<int64_t>(error)};
}

bool speaks_http2(const SSL* session) {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(session, &name, &length);
  return length == 2 && name[0] == 'h' && name[1] == '2';
}

}  // namespace shallop::loadgen
