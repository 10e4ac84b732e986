// SPDX-License-Identifier: Apache-2.0
// The headers that decide where a message ends and whether the connection goes on, and the rules between them
// (RFC 9112, 3.2, 6 and 9.3; RFC 9110, 10.1.1). What allows two readings is refused, not repaired: that is how request
// smuggling works.
#pragma once

#include <cstdint>

#include "request_parser.hpp"

namespace shallop::http {

class FieldRules {
 public:
  /// Takes notice of one header line. Gives 0, or the status that refuses the request.
  int note(const Header& header) noexcept;

  /// The rules that need the whole head; sets `head.framing` and the authority. Gives 0 or a status as above.
  int apply(Head& head) const noexcept;

 private:
  int note_host(std::string_view value) noexcept;
  int note_content_length(std::string_view value) noexcept;
  int note_transfer_encoding(std::string_view value) noexcept;
  int note_expect(std::string_view value) noexcept;
  void note_connection(std::string_view value) noexcept;

  std::string_view host_;
  std::uint64_t content_length_ = 0;
  bool has_host_ = false;
  bool has_content_length_ = false;
  bool has_transfer_encoding_ = false;
  bool has_unknown_coding_ = false;
  bool has_unknown_expectation_ = false;
  bool expects_continue_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
};

}  // namespace shallop::http
