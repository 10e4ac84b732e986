// SPDX-License-Identifier: Apache-2.0
// A guest's epoll set (abi/readiness_set.hpp). The descriptor that holds it has the host's epoll descriptor as its own,
// so that it can be polled like any other. https://man7.org/linux/man-pages/man7/epoll.7.html
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "abi/readiness_set.hpp"
#include "base/unique_fd.hpp"

namespace shallop::wasi {

struct Context;
struct Descriptor;
class HostIovecs;

class ReadinessSet {
 public:
  // For a new descriptor that holds `epoll`. Null, with errno, where the host has no descriptor left for it.
  static std::unique_ptr<ReadinessSet> make(int epoll);

  // What fd_read and fd_write do on `set`, the descriptor that holds this object: a number of bytes, or -1 with errno.
  // EINTR when the guest is to end.
  ssize_t read(Context& context, const Descriptor& set, HostIovecs& events);
  ssize_t write(Context& context, const Descriptor& set, HostIovecs& changes);

 private:
  struct Entry {
    uint32_t interest = 0;
    Userdata userdata = 0;
  };

  explicit ReadinessSet(UniqueFd timer) : timer_(std::move(timer)) {}

  // Those two: 0, or -1 with errno.
  int set_time(const Context& context, Timestamp time);
  int apply(Context& context, const Descriptor& set, const ReadinessInterest& change);
  // The number of events, -1 with errno.
  ssize_t wait(Context& context, const Descriptor& set, std::span<ReadinessEvent> events);
  size_t take_ended(Context& context, std::span<ReadinessEvent> events) const;
  bool tells_end(const Descriptor& descriptor, Fd fd) const;

  std::vector<Entry> entries_;  // by the guest's number
  UniqueFd timer_;              // in the epoll set, so that a wait looks at no clock and sets no timer up
  bool is_due_ = false;         // the time had passed when it was set
};

}  // namespace shallop::wasi
