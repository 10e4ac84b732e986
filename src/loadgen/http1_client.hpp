// SPDX-License-Identifier: Apache-2.0
// One connection's side of HTTP/1.1: a request at a time. Knows no sockets; the worker carries the bytes.
#pragma once

#include <string_view>
#include <vector>

#include "loadgen/flight.hpp"
#include "loadgen/plan.hpp"
#include "loadgen/response_parser.hpp"

namespace shallop::loadgen {

class Http1Client {
 public:
  static constexpr int64_t linger_ns = 0;  // a response is one write: there is nothing to wait for that comes sooner

  // What the connections of a thread share.
  struct Shared {
    explicit Shared(const Plan& plan) : plan(plan) {}
    const Plan& plan;
    KnownHeader known_header;
  };

  explicit Http1Client(Shared& shared) : shared_(&shared) {}

  // A new connection: whatever was in flight is forgotten.
  void connected() { drop(); }
  void drop() {
    is_busy_ = false;
    unsent_ = {};
  }

  bool can_begin() const { return !is_busy_; }
  bool begin(const Flight& flight);

  // Bytes to be sent; empty when there are none. Valid until the next call.
  std::string_view output() const { return unsent_; }
  void sent(size_t size) { unsent_.remove_prefix(size); }

  // Appends what was answered to `answers`.
  Reception receive(std::string_view bytes, std::vector<Answer>& answers);
  Reception end_of_stream(std::vector<Answer>& answers);

  // Nothing is answered by sending.
  bool take_late_answers(std::vector<Answer>& /*answers*/) { return false; }

  template <class Action>
  void for_each_flight(const Action& action) const {
    if (is_busy_) action(flight_);
  }

 private:
  Answer take_answer();

  Shared* shared_;
  std::string_view unsent_;
  Flight flight_;
  bool is_busy_ = false;
  ResponseParser parser_;
};

}  // namespace shallop::loadgen
