// SPDX-License-Identifier: Apache-2.0
// TLS on connected sockets, by OpenSSL: the run's context, and a connection's session.
#pragma once

#include <openssl/ssl.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "loadgen/failure.hpp"
#include "loadgen/plan.hpp"

namespace shallop::loadgen {

struct FreeSsl {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};
using TlsContext = std::unique_ptr<SSL_CTX, FreeSsl>;
using TlsSession = std::unique_ptr<SSL, FreeSsl>;

// Offers HTTP/2 or HTTP/1.1 by ALPN, as the run wants. The error is a sentence.
std::expected<TlsContext, std::string> make_tls_context(const TlsOptions& options, bool http2);

// A client's session on `socket`, which asks for `host` by SNI and wants a certificate for it. Null when there is no
// memory.
TlsSession make_tls_session(SSL_CTX* context, int socket, const std::string& host);

// Why the handshake, or an operation after it, failed just now.
Failure tls_failure(const SSL* session);

bool speaks_http2(const SSL* session);

}  // namespace shallop::loadgen
