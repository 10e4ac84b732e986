// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "response_writer.hpp"

namespace shallop::http {
namespace {

constexpr std::size_t min_input_bytes = std::size_t{64} * 1024;
constexpr std::size_t flush_threshold_bytes = std::size_t{64} * 1024;  // pipelined answers are sent together up to here
constexpr std::size_t kept_capacity_bytes = std::size_t{16} * 1024;    // memory that an idle connection may hold on to

constexpr int method_not_allowed = 405;
constexpr int request_timeout = 408;
constexpr int content_too_large = 413;
constexpr int internal_server_error = 500;

bool try_later(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

void empty(std::string& text) noexcept {
  if (text.capacity() > kept_capacity_bytes) {
    text = {};
  } else {
    text.clear();
  }
}

/// Octets that moved buy time: a slow peer is served as long as it is not slower than the limit.
Milliseconds earned(const Limits& limits, ssize_t bytes) noexcept {
  return static_cast<Milliseconds>(bytes) * 1000 / static_cast<Milliseconds>(limits.transfer_bytes_per_second);
}

bool is_head_request(const Head& head) noexcept { return head.request.method == "HEAD"; }

/// False when the handler threw. Guests are compiled without exceptions.
bool call_handler(Workspace& workspace) {
#if defined(__cpp_exceptions)
  try {
    workspace.handler.call(workspace.handler.object, workspace.head.request, workspace.response);
    return true;
  } catch (...) {
    return false;
  }
#else
  workspace.handler.call(workspace.handler.object, workspace.head.request, workspace.response);
  return true;
#endif
}

}  // namespace

Workspace::Workspace(HandlerReference handler_reference, const Limits& server_limits)
    : handler(handler_reference),
      limits(server_limits),
      input_bytes(std::max(min_input_bytes, 2 * std::max(limits.head_bytes, limits.request_line_bytes))),
      input(std::make_unique_for_overwrite<char[]>(input_bytes + 1)) {}

Connection::Connection(int fd, const Workspace& workspace) noexcept
    : fd_(fd), deadline_(workspace.now + workspace.limits.head_timeout.count()) {}

Connection::Connection(Connection&& other) noexcept { *this = std::move(other); }

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this == &other) return *this;
  if (fd_ >= 0) ::close(fd_);
  fd_ = std::exchange(other.fd_, -1);
  phase_ = other.phase_;
  linger_ = other.linger_;
  progress_ = other.progress_;
  deadline_ = other.deadline_;
  body_remaining_ = other.body_remaining_;
  decoder_ = other.decoder_;
  current_head_ = {};
  head_ = std::move(other.head_);
  body_ = std::move(other.body_);
  pending_ = std::move(other.pending_);
  unsent_ = std::move(other.unsent_);
  sent_of_unsent_ = other.sent_of_unsent_;
  return *this;
}

Connection::~Connection() {
  if (fd_ >= 0) ::close(fd_);
}

Connection::Wait Connection::on_ready(Workspace& workspace) {
  if (!unsent_.empty()) return resume_writing(workspace);
  if (phase_ == Phase::lingering) return discard_input(workspace);
  return read(workspace);
}

Connection::Wait Connection::on_deadline(Workspace& workspace) {
  const bool request_unfinished = phase_ == Phase::head || phase_ == Phase::sized_body || phase_ == Phase::chunked_body;
  if (!request_unfinished || !unsent_.empty()) return close();
  workspace.output.clear();
  refuse(workspace, request_timeout);
  return flush(workspace);
}

Connection::Wait Connection::read(Workspace& workspace) {
  char* const input = workspace.input.get();
  const std::size_t kept = pending_.empty() ? 0 : pending_.copy(input, pending_.size());
  const ssize_t received = ::recv(fd_, input + kept, workspace.input_bytes - kept, 0);
  if (received < 0 && try_later(errno)) return Wait::readable;
  if (received <= 0) return close();
  if (phase_ == Phase::sized_body || phase_ == Phase::chunked_body) deadline_ += earned(workspace.limits, received);
  const std::size_t size = kept + static_cast<std::size_t>(received);
  input[size] = '\0';
  pending_.clear();
  return process(workspace, {input, size});
}

Connection::Wait Connection::resume_writing(Workspace& workspace) {
  const std::string_view rest = std::string_view(unsent_).substr(sent_of_unsent_);
  const ssize_t sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
  if (sent < 0) return try_later(errno) ? Wait::writable : close();
  deadline_ += earned(workspace.limits, sent);
  sent_of_unsent_ += static_cast<std::size_t>(sent);
  if (sent_of_unsent_ < unsent_.size()) return Wait::writable;
  empty(unsent_);
  if (phase_ == Phase::closing) return finish(workspace);
  const auto timeout = phase_ == Phase::head ? workspace.limits.head_timeout : workspace.limits.transfer_timeout;
  deadline_ = workspace.now + timeout.count();
  const std::string input = std::exchange(pending_, {});
  return process(workspace, input);
}

Connection::Wait Connection::discard_input(Workspace& workspace) {
  const ssize_t received = ::recv(fd_, workspace.input.get(), workspace.input_bytes, 0);
  return received > 0 || (received < 0 && try_later(errno)) ? Wait::readable : close();
}

/// Takes what `input` holds, request after request, until it is used up, the connection is to end, or the peer takes no
/// more responses: then the rest waits until it does, and nothing further is read from it.
Connection::Wait Connection::process(Workspace& workspace, std::string_view input) {
  workspace.output.clear();
  std::string_view rest = input;
  for (;;) {
    const Progress progress = step(workspace, rest);
    if (progress == Progress::stop) {
      linger_ = linger_ || !rest.empty();
      return flush(workspace);
    }
    if (progress == Progress::need_input) {
      keep(rest);
      return flush(workspace);
    }
    if (workspace.output.size() >= flush_threshold_bytes) {
      const Wait wait = flush(workspace);
      if (wait == Wait::writable) keep(rest);
      if (wait != Wait::readable) return wait;
    }
  }
}

Connection::Progress Connection::step(Workspace& workspace, std::string_view& rest) {
  if (rest.empty()) return Progress::need_input;
  switch (phase_) {
    case Phase::idle:
    case Phase::head: return parse(workspace, rest);
    case Phase::sized_body: return read_sized_body(workspace, rest);
    case Phase::chunked_body: return read_chunked_body(workspace, rest);
    case Phase::closing:
    case Phase::lingering: break;
  }
  return Progress::stop;
}

Connection::Progress Connection::parse(Workspace& workspace, std::string_view& rest) {
  const HeadResult result = parse_head(rest, workspace.limits, progress_, workspace.head);
  switch (result.kind) {
    case HeadResult::Kind::incomplete:
      if (rest == "\r\n") {  // behind the last body, not the start of a request
        rest = {};
        progress_ = {};
      } else if (phase_ == Phase::idle) {
        phase_ = Phase::head;
        deadline_ = workspace.now + workspace.limits.head_timeout.count();
      }
      return Progress::need_input;
    case HeadResult::Kind::refused: return refuse(workspace, result.status);
    case HeadResult::Kind::complete: break;
  }
  progress_ = {};
  current_head_ = rest.substr(0, result.size);
  rest.remove_prefix(result.size);
  return begin_body(workspace, rest);
}

Connection::Progress Connection::begin_body(Workspace& workspace, std::string_view& rest) {
  const Framing& framing = workspace.head.framing;
  const bool head_only = is_head_request(workspace.head);
  // A tunnel is not ours to give, whatever the target (RFC 9110, 9.3.6); a method is refused with what is allowed:
  // nothing.
  if (workspace.head.request.form == TargetForm::authority) {
    return refuse(workspace, method_not_allowed, head_only, "allow: \r\n");
  }
  if (framing.content_length > workspace.limits.body_bytes) return refuse(workspace, content_too_large, head_only);
  if (!framing.chunked && framing.content_length <= rest.size()) {
    const std::string_view body = rest.substr(0, static_cast<std::size_t>(framing.content_length));
    rest.remove_prefix(body.size());
    return answer(workspace, body);
  }
  phase_ = framing.chunked ? Phase::chunked_body : Phase::sized_body;
  body_remaining_ = framing.content_length;
  decoder_ = {};
  deadline_ = workspace.now + workspace.limits.transfer_timeout.count();
  if (framing.expects_continue && rest.empty()) workspace.output.append(continue_response);
  return Progress::go_on;
}

Connection::Progress Connection::read_sized_body(Workspace& workspace, std::string_view& rest) {
  const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(body_remaining_, rest.size()));
  body_.append(rest.substr(0, taken));
  rest.remove_prefix(taken);
  body_remaining_ -= taken;
  if (body_remaining_ != 0) return Progress::need_input;
  restore_head(workspace);
  return answer(workspace, body_);
}

Connection::Progress Connection::read_chunked_body(Workspace& workspace, std::string_view& rest) {
  const ChunkedDecoder::Step step = decoder_.decode(rest, workspace.limits, body_);
  if (step.kind == ChunkedDecoder::Step::Kind::refused) return refuse(workspace, step.status);
  rest.remove_prefix(step.consumed);
  if (step.kind == ChunkedDecoder::Step::Kind::more) return Progress::need_input;
  restore_head(workspace);
  return answer(workspace, body_);
}

Connection::Progress Connection::answer(Workspace& workspace, std::string_view body) {
  workspace.head.request.body = body;
  workspace.response.clear();
  const bool head_only = is_head_request(workspace.head);
  const bool answered = call_handler(workspace) && workspace.response.valid();
  bool keep_alive = false;
  if (answered) {
    keep_alive = workspace.head.framing.keep_alive && !workspace.response.closes_connection();
    const bool http_1_0 = workspace.head.request.minor_version == 0;
    const auto header = !keep_alive ? ConnectionHeader::close
                        : http_1_0  ? ConnectionHeader::keep_alive
                                    : ConnectionHeader::none;
    append_response(workspace.output, workspace.response, workspace.date, head_only, header);
  }
  empty(head_);
  empty(body_);
  if (!answered) return refuse(workspace, internal_server_error, head_only);
  phase_ = keep_alive ? Phase::idle : Phase::closing;
  return keep_alive ? Progress::go_on : Progress::stop;
}

Connection::Progress Connection::refuse(Workspace& workspace, int status, bool head_only,
                                        std::string_view header_lines) {
  append_refusal(workspace.output, status, workspace.date, head_only, header_lines);
  phase_ = Phase::closing;
  linger_ = true;
  empty(head_);
  empty(body_);
  empty(pending_);
  return Progress::stop;
}

/// Saves what the shared input buffer will not hold any longer when the next event comes.
void Connection::keep(std::string_view rest) {
  if (!rest.empty()) pending_.assign(rest);
  if (phase_ == Phase::sized_body || phase_ == Phase::chunked_body) {
    if (head_.empty()) head_.assign(current_head_);
  }
}

/// The request is answered with its head's views; those of a head that was kept are made again.
void Connection::restore_head(Workspace& workspace) {
  if (head_.empty()) return;
  HeadProgress progress;
  parse_head(head_, workspace.limits, progress, workspace.head);
}

Connection::Wait Connection::flush(Workspace& workspace) {
  std::string_view rest = workspace.output.text();
  while (!rest.empty()) {
    const ssize_t sent = ::send(fd_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && !try_later(errno)) return close();
    if (sent < 0) {
      unsent_.assign(rest);
      sent_of_unsent_ = 0;
      workspace.output.clear();
      deadline_ = workspace.now + workspace.limits.transfer_timeout.count();
      return Wait::writable;
    }
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  workspace.output.clear();
  return finish(workspace);
}

/// Everything is sent. A refused client may still be sending: closing now would reset the connection, and the reset can
/// overtake the answer (RFC 9112, 9.6).
Connection::Wait Connection::finish(Workspace& workspace) {
  if (phase_ == Phase::idle) deadline_ = workspace.now + workspace.limits.idle_timeout.count();
  if (phase_ != Phase::closing) return Wait::readable;
  if (!linger_ || ::shutdown(fd_, SHUT_WR) != 0) return close();
  phase_ = Phase::lingering;
  deadline_ = workspace.now + workspace.limits.linger_timeout.count();
  return Wait::readable;
}

Connection::Wait Connection::close() noexcept {
  ::close(std::exchange(fd_, -1));
  return Wait::closed;
}

}  // namespace shallop::http
