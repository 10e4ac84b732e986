// SPDX-License-Identifier: Apache-2.0
// One connection's side of HTTP/2, by libnghttp2: as many requests at a time as the run has streams and the server
// allows. Knows no sockets; the worker carries the bytes.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "loadgen/flight.hpp"
#include "loadgen/plan.hpp"

namespace shallop::loadgen {

struct FreeNghttp2 {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};

class Http2Client {
 public:
  // How long a thread looks for answers before it sleeps: about what falling asleep and being woken costs both sides.
  static constexpr int64_t linger_ns = 10'000;

  // What the connections of a thread share.
  struct Shared {
    explicit Shared(const Plan& plan);
    const Plan& plan;
    std::vector<std::vector<nghttp2_nv>> fields;  // by target; they point into the plan
    std::unique_ptr<nghttp2_session_callbacks, FreeNghttp2> callbacks;
    std::string gathered;  // the frames that are about to be sent, of one connection at a time
  };

  explicit Http2Client(Shared& shared) : shared_(&shared) {}

  // A new connection: whatever was in flight is forgotten.
  void connected();
  void drop();

  bool can_begin() const;
  // False when the connection takes no further request.
  bool begin(const Flight& flight);

  // Bytes to be sent; empty when there are none. Valid until the next call.
  std::string_view output();
  void sent(size_t size);

  // Appends what was answered to `answers`.
  Reception receive(std::string_view bytes, std::vector<Answer>& answers);
  Reception end_of_stream(std::vector<Answer>& answers);

  // A response may be complete before its request is: then the answer counts when the request's end is sent. Appends
  // those, false when there are none.
  bool take_late_answers(std::vector<Answer>& answers);

  template <class Action>
  void for_each_flight(const Action& action) const {
    for (const Stream& each : streams_) {
      if (each.is_busy) action(each.flight);
    }
  }

 private:
  struct Stream {
    Flight flight;
    bool is_busy = false;
    bool matches = true;
    int status = 0;
    size_t sent_body = 0;
    uint64_t body_size = 0;
  };
  friend struct Http2Callbacks;

  Stream* free_stream();
  void finish(Stream& stream, uint32_t error_code);

  Shared* shared_;
  std::unique_ptr<nghttp2_session, FreeNghttp2> session_;
  std::vector<Stream> streams_;
  size_t busy_ = 0;
  bool is_broken_ = false;
  std::vector<Answer> done_;  // not yet taken
  std::string_view ready_;    // part of shared_->gathered or unsent_
  std::string unsent_;        // what the socket did not take
};

}  // namespace shallop::loadgen
