// SPDX-License-Identifier: Apache-2.0
// How a server ends without losing a request, whatever its guest knows of it. Once the supervisor asks (WorkerState),
// the guest's own thread does this, in the calls in which the guest waits:
//
//  - its listening sockets take no new client; those that have connected are still given to the guest;
//  - a connection in the middle of a request goes on. The head of the next HTTP/1.1 response on it gets the line
//    `connection: close`, so that its client does not send another request into a connection that ends;
//  - a connection that is between two requests, and has been for a moment, shows its end to the guest, which closes
//    it as if the client had left;
//  - when neither is left, the guest is ended as by proc_exit(0).
//
// https://www.rfc-editor.org/rfc/rfc9112#section-9.6
#pragma once

#include <chrono>
#include <optional>

#include "base/processor_pressure.hpp"
#include "wasi/worker_state.hpp"

struct iovec;

namespace shallop::wasi {

struct Context;
struct Descriptor;

class Drain {
 public:
  // Between two looks at the connections.
  static constexpr std::chrono::milliseconds interval{20};
  // How long those who were connecting when the drain began have to arrive.
  static constexpr std::chrono::milliseconds last_arrivals{20};
  // For how long a connection has been silent before it counts as between two requests, where threads wait for a
  // processor for `contended_share` of the time: a client that has just got a response sends its next request within
  // this, and is served.
  static constexpr std::chrono::milliseconds silence(double contended_share) {
    constexpr std::chrono::milliseconds least{200};
    constexpr std::chrono::milliseconds most{1'000};
    return least + std::chrono::duration_cast<std::chrono::milliseconds>((most - least) * contended_share);
  }

  explicit Drain(WorkerState& worker) : worker_(worker) {}

  bool active() const { return worker_.draining.load(std::memory_order_relaxed); }

  // Looks after the descriptors of `context`, at most once an interval. True when the guest has nothing left to do and
  // is to be ended. Only while active().
  bool step(Context& context);

  // Sends the first of `bytes` up to and including the line that ends the connection, where it is the head of a
  // response on an accepted connection. How many of `bytes` that were, 0 for most calls; -1 with errno when sending
  // failed.
  ssize_t announce_end(Descriptor& connection, const iovec& bytes);

 private:
  using Clock = std::chrono::steady_clock;

  static void look_after(Descriptor& connection, std::chrono::milliseconds silence);
  // True when it will take no connection any more.
  bool retires(Descriptor& listener) const;

  WorkerState& worker_;
  std::optional<Clock::time_point> since_;
  Clock::time_point next_look_;
  std::optional<ProcessorPressure> pressure_;  // while active()
};

}  // namespace shallop::wasi
