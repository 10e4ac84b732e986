// SPDX-License-Identifier: Apache-2.0
// One connection of a worker, and the queue of those that wait for a request to become due.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "loadgen/byte_stream.hpp"

namespace shallop::loadgen {

enum class ConnectionState : uint8_t { closed, connecting, handshaking, open };

template <class Client>
struct Connection {
  explicit Connection(typename Client::Shared& shared) : client(shared) {}

  ByteStream stream;
  Client client;
  ConnectionState state = ConnectionState::closed;
  bool is_queued = false;       // among the idle ones
  bool is_ready = false;        // waits for the end of the batch of events
  bool was_tried = false;       // connecting ended once, one way or the other
  uint8_t failed_attempts = 0;  // in a row
  uint32_t origin = 0;
  uint32_t next_target = 0;     // index in the list of its origin's
  uint32_t address = 0;         // which of the origin's is tried
  uint32_t addresses_left = 0;  // how many more are tried before it counts as failed
  int64_t begun_ns = 0;         // connecting
  int64_t retry_at_ns = 0;      // when closed
};

// A ring of connections that are free, each at most once; room for all of them.
template <class Entry>
class IdleQueue {
 public:
  void reserve(size_t capacity) { ring_.resize(capacity); }
  bool empty() const { return size_ == 0; }
  void push(Entry* entry) { ring_[(first_ + size_++) % ring_.size()] = entry; }
  Entry* pop() {
    Entry* entry = ring_[first_];
    first_ = (first_ + 1) % ring_.size();
    --size_;
    return entry;
  }

 private:
  std::vector<Entry*> ring_;
  size_t first_ = 0;
  size_t size_ = 0;
};

}  // namespace shallop::loadgen
