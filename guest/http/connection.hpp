// SPDX-License-Identifier: Apache-2.0
// One client: reads requests, has them answered, writes the responses; never blocks. The server owns it and calls it
// when its descriptor is ready or its deadline has passed. Between events it holds only what a client left unfinished:
// octets are read into, and responses built in, buffers that all connections share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "chunked_decoder.hpp"
#include "http_date.hpp"
#include "output_buffer.hpp"
#include "request_parser.hpp"
#include "shallop/http_server.hpp"

namespace shallop::http {

using Milliseconds = std::int64_t;  // of a clock that never goes back

/// What the connections of one server share.
struct Workspace {
  Workspace(HandlerReference handler_reference, const Limits& server_limits);

  const HandlerReference handler;
  const Limits limits;
  const std::size_t input_bytes;
  const std::unique_ptr<char[]> input;  // one octet longer, for the NUL that the parser wants
  OutputBuffer output;
  Head head;
  Response response;
  DateLine date;
  Milliseconds now = 0;
};

class Connection {
 public:
  /// What the descriptor is to become before the next call. After `closed` the connection is over and its descriptor
  /// gone.
  enum class Wait : std::uint8_t { readable, writable, closed };

  Connection() noexcept = default;  // an unused slot
  Connection(int fd, const Workspace& workspace) noexcept;
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  bool open() const noexcept { return fd_ >= 0; }
  int descriptor() const noexcept { return fd_; }
  Milliseconds deadline() const noexcept { return deadline_; }

  Wait on_ready(Workspace& workspace);
  Wait on_deadline(Workspace& workspace);

 private:
  enum class Phase : std::uint8_t { idle, head, sized_body, chunked_body, closing, lingering };
  enum class Progress : std::uint8_t { go_on, need_input, stop };

  Wait read(Workspace& workspace);
  Wait resume_writing(Workspace& workspace);
  Wait discard_input(Workspace& workspace);

  Wait process(Workspace& workspace, std::string_view input);
  Progress step(Workspace& workspace, std::string_view& rest);
  Progress parse(Workspace& workspace, std::string_view& rest);
  Progress begin_body(Workspace& workspace, std::string_view& rest);
  Progress read_sized_body(Workspace& workspace, std::string_view& rest);
  Progress read_chunked_body(Workspace& workspace, std::string_view& rest);
  Progress answer(Workspace& workspace, std::string_view body);
  Progress refuse(Workspace& workspace, int status, bool head_only = false, std::string_view header_lines = {});

  void keep(std::string_view rest);
  void restore_head(Workspace& workspace);
  Wait flush(Workspace& workspace);
  Wait finish(Workspace& workspace);
  Wait close() noexcept;

  int fd_ = -1;
  Phase phase_ = Phase::idle;
  bool linger_ = false;
  HeadProgress progress_;
  Milliseconds deadline_ = 0;
  std::uint64_t body_remaining_ = 0;
  ChunkedDecoder decoder_;
  std::string_view current_head_;  // within the input of the running process() call
  std::string head_;               // kept while its body is on the way
  std::string body_;
  std::string pending_;  // input not yet taken
  std::string unsent_;   // empty unless the peer does not read
  std::size_t sent_of_unsent_ = 0;
};

}  // namespace shallop::http
