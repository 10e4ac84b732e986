// SPDX-License-Identifier: Apache-2.0
// What a store has of something for all who use it together: pages of its memories, elements of its tables. Asked by
// several threads where a shared memory grows.
#pragma once

#include <atomic>
#include <cstdint>

namespace shallop {

class Budget {
 public:
  explicit Budget(uint64_t total) : total_(total), left_(total) {}

  uint64_t total() const { return total_; }
  uint64_t left() const { return left_.load(std::memory_order_relaxed); }

  // False, and nothing is taken, where so much is not left.
  bool take(uint64_t amount) {
    uint64_t left = left_.load(std::memory_order_relaxed);
    do {
      if (amount > left) return false;
    } while (!left_.compare_exchange_weak(left, left - amount, std::memory_order_relaxed));
    return true;
  }
  void give_back(uint64_t amount) { left_.fetch_add(amount, std::memory_order_relaxed); }

 private:
  const uint64_t total_;
  std::atomic<uint64_t> left_;
};

}  // namespace shallop
