// SPDX-License-Identifier: Apache-2.0
#include "loadgen/http2_client.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <new>

namespace shallop::loadgen {
namespace {

// Large enough that a server never waits for WINDOW_UPDATE, as h2load has it.
constexpr int32_t window_size = (1 << 30) - 1;
constexpr size_t gathered_size = size_t{16} << 10;

nghttp2_nv field(std::string_view name, std::string_view value) {
  // The interface has no const for what it promises not to change.
  const auto bytes = [](std::string_view text) {
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(),
          NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
}

std::vector<nghttp2_nv> fields_of(const Target& target) {
  std::vector<nghttp2_nv> fields{field(":method", target.method), field(":scheme", target.scheme),
                                 field(":authority", target.authority), field(":path", target.path)};
  for (const auto& [name, value] : target.headers) fields.push_back(field(name, value));
  return fields;
}

}  // namespace

// The functions that nghttp2 calls.
struct Http2Callbacks {
  using Stream = Http2Client::Stream;

  static Stream* stream_of(nghttp2_session* session, int32_t id) {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }

  static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name, size_t name_size,
                       const uint8_t* value, size_t value_size, uint8_t /*flags*/, void* /*client*/) {
    if (name_size != 7 || std::memcmp(name, ":status", 7) != 0) return 0;
    if (Stream* stream = stream_of(session, frame->hd.stream_id)) {
      const auto* first = reinterpret_cast<const char*>(value);
      std::from_chars(first, first + value_size, stream->status);
    }
    return 0;
  }

  static int on_data(nghttp2_session* session, uint8_t /*flags*/, int32_t id, const uint8_t* data, size_t size,
                     void* client) {
    const auto& expected = static_cast<Http2Client*>(client)->shared_->plan.expected_body;
    Stream* stream = expected ? stream_of(session, id) : nullptr;
    if (stream == nullptr) return 0;
    stream->matches = stream->matches && stream->body_size + size <= expected->size() &&
                      std::memcmp(expected->data() + stream->body_size, data, size) == 0;
    stream->body_size += size;
    return 0;
  }

  static int on_error(nghttp2_session* /*session*/, int error, const char* /*text*/, size_t /*size*/, void* client) {
    // The other side speaks something else, HTTP/1.1 for instance.
    if (error == NGHTTP2_ERR_SETTINGS_EXPECTED) static_cast<Http2Client*>(client)->is_broken_ = true;
    return 0;
  }

  static int on_stream_close(nghttp2_session* session, int32_t id, uint32_t error_code, void* client) {
    if (Stream* stream = stream_of(session, id)) static_cast<Http2Client*>(client)->finish(*stream, error_code);
    return 0;
  }

  static ssize_t read_body(nghttp2_session* /*session*/, int32_t /*id*/, uint8_t* buffer, size_t size, uint32_t* flags,
                           nghttp2_data_source* source, void* client) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    const std::string& body = static_cast<Http2Client*>(client)->shared_->plan.targets[stream.flight.target].body;
    const size_t part = std::min(size, body.size() - stream.sent_body);
    body.copy(reinterpret_cast<char*>(buffer), part, stream.sent_body);
    stream.sent_body += part;
    if (stream.sent_body == body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(part);
  }
};

Http2Client::Shared::Shared(const Plan& the_plan) : plan(the_plan) {
  for (const Target& target : plan.targets) fields.push_back(fields_of(target));
  gathered.reserve(gathered_size);
  nghttp2_session_callbacks* made = nullptr;
  if (nghttp2_session_callbacks_new(&made) != 0) throw std::bad_alloc();
  callbacks.reset(made);
  nghttp2_session_callbacks_set_on_header_callback(made, Http2Callbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, Http2Callbacks::on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(made, Http2Callbacks::on_stream_close);
  nghttp2_session_callbacks_set_error_callback2(made, Http2Callbacks::on_error);
}

void Http2Client::drop() {
  session_.reset();
  streams_.assign(shared_->plan.streams, {});
  busy_ = 0;
  is_broken_ = false;
  done_.clear();
  ready_ = {};
  unsent_.clear();
}

void Http2Client::connected() {
  drop();
  nghttp2_session* made = nullptr;
  if (nghttp2_session_client_new(&made, shared_->callbacks.get(), this) != 0) throw std::bad_alloc();
  session_.reset(made);
  const std::array settings{nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                            nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window_size}};
  nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0, window_size);
}

bool Http2Client::can_begin() const {
  if (session_ == nullptr || busy_ >= streams_.size()) return false;
  return busy_ < nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS) &&
         nghttp2_session_check_request_allowed(session_.get()) != 0;
}

Http2Client::Stream* Http2Client::free_stream() {
  return &*std::ranges::find(streams_, false, &Stream::is_busy);  // can_begin() says that there is one
}

bool Http2Client::begin(const Flight& flight) {
  Stream& stream = *free_stream();
  stream = {.flight = flight, .is_busy = true};
  const std::vector<nghttp2_nv>& fields = shared_->fields[flight.target];
  nghttp2_data_provider body{};
  body.source.ptr = &stream;
  body.read_callback = Http2Callbacks::read_body;
  const bool has_body = !shared_->plan.targets[flight.target].body.empty();
  if (nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(), has_body ? &body : nullptr,
                             &stream) < 0) {
    stream.is_busy = false;
    return false;
  }
  ++busy_;
  return true;
}

std::string_view Http2Client::output() {
  if (!ready_.empty() || session_ == nullptr) return ready_;
  shared_->gathered.clear();
  while (shared_->gathered.size() < gathered_size) {
    const uint8_t* data = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &data);
    if (size <= 0) break;
    shared_->gathered.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  }
  ready_ = shared_->gathered;
  return ready_;
}

void Http2Client::sent(size_t size) {
  ready_.remove_prefix(size);
  if (ready_.empty()) return unsent_.clear();
  // The next connection gathers into the same place.
  unsent_ = std::string(ready_);
  ready_ = unsent_;
}

void Http2Client::finish(Stream& stream, uint32_t error_code) {
  if (!stream.is_busy) return;
  stream.is_busy = false;
  --busy_;
  Answer answer{.flight = stream.flight, .status = stream.status, .body_matches = true, .failure = {}};
  const auto& expected = shared_->plan.expected_body;
  if (expected) answer.body_matches = stream.matches && stream.body_size == expected->size();
  const bool is_status = stream.status == 0 || (stream.status >= 100 && stream.status < status_count);
  if (error_code == NGHTTP2_PROTOCOL_ERROR || !is_status) {
    answer.failure = malformed(Malformation::http2_protocol);
  } else if (error_code != NGHTTP2_NO_ERROR || stream.status == 0) {
    const bool has_begun = stream.status != 0;
    answer.failure = Failure{has_begun ? FailureKind::truncated : FailureKind::closed, has_begun ? error_code : 0};
  }
  done_.push_back(answer);
}

bool Http2Client::take_late_answers(std::vector<Answer>& answers) {
  if (done_.empty()) return false;
  answers.insert(answers.end(), done_.begin(), done_.end());
  done_.clear();
  return true;
}

Reception Http2Client::receive(std::string_view bytes, std::vector<Answer>& answers) {
  const ssize_t taken =
      nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  take_late_answers(answers);
  if (taken < 0 || is_broken_) return {.failure = malformed(Malformation::http2_protocol), .close = true};
  return {.failure = {}, .close = busy_ == 0 && nghttp2_session_check_request_allowed(session_.get()) == 0};
}

Reception Http2Client::end_of_stream(std::vector<Answer>& /*answers*/) {
  if (busy_ == 0) return {.failure = {}, .close = true};
  const bool has_begun =
      std::ranges::any_of(streams_, [](const Stream& each) { return each.is_busy && each.status != 0; });
  return {.failure = Failure{has_begun ? FailureKind::truncated : FailureKind::closed, 0}, .close = true};
}

}  // namespace shallop::loadgen
