// SPDX-License-Identifier: Apache-2.0
#include "loadgen/failure.hpp"

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <system_error>

namespace shallop::loadgen {
namespace {

constexpr std::array messages = std::to_array<std::string_view>({
#define SHALLOP_FAILURE(name, json_name, message) message,
#include "loadgen/failures.def"
#undef SHALLOP_FAILURE
});

std::string_view describe(Malformation why) {
  switch (why) {
    case Malformation::status_line: return "it does not begin with a status line of HTTP/1";
    case Malformation::header_field: return "a line of its header is no field";
    case Malformation::header_too_long: return "its header does not end within 64 KiB";
    case Malformation::content_length: return "its Content-Length is no number, or there are two that differ";
    case Malformation::transfer_encoding:
      return "its Transfer-Encoding does not end in chunked, or has a length beside it";
    case Malformation::chunk: return "a chunk is not written as one";
    case Malformation::surplus: return "bytes follow its end";
    case Malformation::unasked_response: return "the server sent it without a request";
    case Malformation::upgrade: return "the server switched protocols";
    case Malformation::http2_protocol: return "the server does not follow HTTP/2";
  }
  return "";
}

std::string tls_detail(int64_t detail) {
  if (detail < 0) return X509_verify_cert_error_string(static_cast<long>(-detail));
  if (detail == 0) return "the connection was closed";
  const char* reason = ERR_reason_error_string(static_cast<unsigned long>(detail));
  return reason != nullptr ? reason : fmt::format("error {:#x}", detail);
}

std::string detail_of(const Failure& failure) {
  switch (failure.kind) {
    case FailureKind::connect:
    case FailureKind::reset:
      return failure.detail == 0 ? "" : std::generic_category().message(static_cast<int>(failure.detail));
    case FailureKind::tls: return tls_detail(failure.detail);
    case FailureKind::truncated:
      return failure.detail == 0 ? "the connection was closed inside of it"
                                 : nghttp2_http2_strerror(static_cast<uint32_t>(failure.detail));
    case FailureKind::malformed: return std::string(describe(static_cast<Malformation>(failure.detail)));
    case FailureKind::status: return fmt::format("{}", failure.detail);
    default: return "";
  }
}

}  // namespace

std::string describe(const Failure& failure) {
  const std::string detail = detail_of(failure);
  const std::string_view message = messages[static_cast<size_t>(failure.kind)];
  if (failure.kind == FailureKind::status) return fmt::format("{} {}", message, detail);
  return detail.empty() ? std::string(message) : fmt::format("{}: {}", message, detail);
}

}  // namespace shallop::loadgen
