// SPDX-License-Identifier: Apache-2.0
// What a handler answers. The server owns the object, reuses it for every request and frames it: content-length, date
// and connection are its headers, not the handler's.
#pragma once

#include <string>
#include <string_view>

namespace shallop::http {

class Response {
 public:
  /// 200 unless set. Anything outside 200..599 is a mistake of the handler and becomes a 500.
  void set_status(int status) noexcept { status_ = status; }

  /// A header of the handler's own. One that breaks the framing, or that is the server's, makes the response a 500.
  void add_header(std::string_view name, std::string_view value);

  /// Appends to the body.
  void write(std::string_view text) { body_.append(text); }

  /// Ends the connection behind this response.
  void close_connection() noexcept { close_ = true; }

  int status() const noexcept { return status_; }
  std::string_view header_lines() const noexcept { return header_lines_; }  // "name: value\r\n" each
  std::string_view body() const noexcept { return body_; }
  bool closes_connection() const noexcept { return close_; }

  /// False when the handler did what cannot be sent.
  bool valid() const noexcept { return valid_ && status_ >= 200 && status_ <= 599; }

  /// As new, with the memory of the last response kept.
  void clear() noexcept;

 private:
  std::string header_lines_;
  std::string body_;
  int status_ = 200;
  bool close_ = false;
  bool valid_ = true;
};

}  // namespace shallop::http
