// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a request: a kind (failures.def) and a number that says more. Cheap to make and to count; it
// becomes text once, in the report.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shallop::loadgen {

enum class FailureKind : uint8_t {
#define SHALLOP_FAILURE(name, json_name, message) name,
#include "loadgen/failures.def"
#undef SHALLOP_FAILURE
};

inline constexpr std::array failure_names = std::to_array<std::string_view>({
#define SHALLOP_FAILURE(name, json_name, message) json_name,
#include "loadgen/failures.def"
#undef SHALLOP_FAILURE
});

// Details of FailureKind::malformed.
enum class Malformation : uint8_t {
  status_line,
  header_field,
  header_too_long,
  content_length,
  transfer_encoding,
  chunk,
  surplus,
  unasked_response,
  upgrade,
  http2_protocol,
};

struct Failure {
  FailureKind kind = FailureKind::connect;
  // connect, reset: errno, or 0. status: the status. malformed: a Malformation. tls: OpenSSL's error code, or the
  // negated X509_V_ERR_... of a certificate that does not fit, or 0 for a connection that was closed. truncated: the
  // error code of HTTP/2's RST_STREAM, or 0.
  int64_t detail = 0;

  bool operator==(const Failure&) const = default;
};

inline Failure malformed(Malformation why) { return {FailureKind::malformed, static_cast<int64_t>(why)}; }

// "malformed response: two lengths that differ"; without a full stop.
std::string describe(const Failure& failure);

}  // namespace shallop::loadgen
