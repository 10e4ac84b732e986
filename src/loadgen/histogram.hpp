// SPDX-License-Identifier: Apache-2.0
// A high-dynamic-range histogram of times in nanoseconds: three significant digits from 1 us (in truth from 1 ns) to
// 1 h, in cells laid out as HdrHistogram's are, so that its tools read what histogram_export writes. Count, least,
// largest, mean and standard deviation are exact. http://hdrhistogram.github.io/HdrHistogram/
//
// One thread records; others may read counts meanwhile and see each a little late. Merging loses nothing.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace shallop::loadgen {

class Histogram {
 public:
  static constexpr int64_t value_max_ns = int64_t{3'600} * 1'000'000'000;  // longer times count as this in the cells
  static constexpr int significant_digits = 3;
  // 2048 cells tell 1000 from 1001; each further power of two adds the upper half of that.
  static constexpr unsigned sub_bucket_bits = 11;
  static constexpr unsigned sub_buckets = 1U << sub_bucket_bits;
  static constexpr unsigned buckets = 32;
  static constexpr size_t cell_count = size_t{buckets + 1} * (sub_buckets / 2);

  Histogram();

  void record(int64_t value_ns) noexcept;
  void merge(const Histogram& other);

  uint64_t count() const { return load(count_); }
  // 0 when nothing was recorded, as are all of these.
  int64_t min_ns() const { return count() == 0 ? 0 : min_ns_; }
  int64_t max_ns() const { return max_ns_; }
  double mean_ns() const;
  double standard_deviation_ns() const;  // of the population

  // The least recorded time that at least `share` (0.99) of the times do not exceed, as the largest time of its cell.
  int64_t percentile_ns(double share) const;
  // How many times lie beyond that percentile.
  uint64_t count_beyond(double share) const;
  // The mean of the slowest `share` (0.01) of the times, of at least one: rewrk's "Avg Latency". Exact but for the one
  // cell that the share's edge falls into.
  double slowest_mean_ns(double share) const;

  // The cells, for export and for live figures.
  uint64_t count_in(size_t cell) const { return load(cells_[cell].count); }
  // No cell before the first, none from the end on, holds anything.
  size_t first_cell() const { return load(first_cell_); }
  size_t end_cell() const { return load(end_cell_); }
  static int64_t largest_value_ns(size_t cell);

 private:
  // Count and sum lie together: a record touches one line of the cache.
  struct Cell {
    std::atomic<uint64_t> count;
    uint64_t sum_ns;
  };
  struct Free {
    void operator()(Cell* cells) const { std::free(cells); }
  };
  __extension__ using Square = unsigned __int128;

  static size_t cell_of(int64_t value_ns);
  template <class T>
  static T load(const std::atomic<T>& value) {
    return value.load(std::memory_order_relaxed);
  }
  // One thread writes: a plain addition, no locked instruction.
  template <class T>
  static void add(std::atomic<T>& value, T amount) {
    value.store(load(value) + amount, std::memory_order_relaxed);
  }
  void widen(size_t first, size_t end);

  std::unique_ptr<Cell[], Free> cells_;  // from calloc: pages that no time falls into cost nothing
  std::atomic<size_t> first_cell_ = cell_count;
  std::atomic<size_t> end_cell_ = 0;
  std::atomic<uint64_t> count_ = 0;
  int64_t min_ns_ = INT64_MAX;
  int64_t max_ns_ = 0;
  uint64_t sum_ns_ = 0;
  Square sum_of_squares_ = 0;
};

inline size_t Histogram::cell_of(int64_t value_ns) {
  const auto value = static_cast<uint64_t>(value_ns < 0 ? 0 : value_ns > value_max_ns ? value_max_ns : value_ns);
  const unsigned bucket = static_cast<unsigned>(std::bit_width(value | (sub_buckets - 1))) - sub_bucket_bits;
  return (size_t{bucket} << (sub_bucket_bits - 1)) + (value >> bucket);
}

inline void Histogram::widen(size_t first, size_t end) {
  if (first < load(first_cell_)) first_cell_.store(first, std::memory_order_relaxed);
  if (end > load(end_cell_)) end_cell_.store(end, std::memory_order_relaxed);
}

inline void Histogram::record(int64_t value_ns) noexcept {
  const size_t index = cell_of(value_ns);
  const auto value = static_cast<uint64_t>(value_ns < 0 ? 0 : value_ns);
  Cell& cell = cells_[index];
  add<uint64_t>(cell.count, 1);
  cell.sum_ns += value;
  add<uint64_t>(count_, 1);
  sum_ns_ += value;
  sum_of_squares_ += Square{value} * value;
  if (value_ns < min_ns_) min_ns_ = static_cast<int64_t>(value);
  if (value_ns > max_ns_) max_ns_ = value_ns;
  widen(index, index + 1);
}

}  // namespace shallop::loadgen
