// SPDX-License-Identifier: Apache-2.0
#include "loadgen/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <new>

namespace shallop::loadgen {

Histogram::Histogram() : cells_(static_cast<Cell*>(std::calloc(cell_count, sizeof(Cell)))) {
  if (cells_ == nullptr) throw std::bad_alloc();
}

void Histogram::merge(const Histogram& other) {
  if (other.count() == 0) return;
  for (size_t i = other.first_cell(); i < other.end_cell(); ++i) {
    if (other.count_in(i) == 0) continue;
    add(cells_[i].count, other.count_in(i));
    cells_[i].sum_ns += other.cells_[i].sum_ns;
  }
  widen(other.first_cell(), other.end_cell());
  add(count_, other.count());
  min_ns_ = std::min(min_ns_, other.min_ns_);
  max_ns_ = std::max(max_ns_, other.max_ns_);
  sum_ns_ += other.sum_ns_;
  sum_of_squares_ += other.sum_of_squares_;
}

double Histogram::mean_ns() const {
  return count() == 0 ? 0 : static_cast<double>(sum_ns_) / static_cast<double>(count());
}

double Histogram::standard_deviation_ns() const {
  if (count() == 0) return 0;
  const auto n = static_cast<long double>(count());
  const long double mean = static_cast<long double>(sum_ns_) / n;
  const long double variance = static_cast<long double>(sum_of_squares_) / n - mean * mean;
  return static_cast<double>(std::sqrt(std::max(variance, 0.0L)));
}

int64_t Histogram::largest_value_ns(size_t cell) {
  if (cell < sub_buckets) return static_cast<int64_t>(cell);
  const unsigned bucket = static_cast<unsigned>(cell >> (sub_bucket_bits - 1)) - 1;
  const uint64_t sub_bucket = cell - (size_t{bucket} << (sub_bucket_bits - 1));
  return static_cast<int64_t>(((sub_bucket + 1) << bucket) - 1);
}

int64_t Histogram::percentile_ns(double share) const {
  if (count() == 0) return 0;
  const auto wanted = static_cast<uint64_t>(std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count())));
  uint64_t seen = 0;
  for (size_t i = first_cell(); i < end_cell(); ++i) {
    seen += count_in(i);
    if (seen >= std::max<uint64_t>(wanted, 1)) return std::clamp(largest_value_ns(i), min_ns_, max_ns_);
  }
  return max_ns_;
}

uint64_t Histogram::count_beyond(double share) const {
  const auto within = static_cast<uint64_t>(std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count())));
  return count() - std::min(within, count());
}

double Histogram::slowest_mean_ns(double share) const {
  if (count() == 0) return 0;
  const auto wanted = std::max<uint64_t>(1, static_cast<uint64_t>(static_cast<double>(count()) * share));
  uint64_t taken = 0;
  double sum = 0;
  for (size_t i = end_cell(); i > first_cell() && taken < wanted; --i) {
    const Cell& cell = cells_[i - 1];
    const uint64_t in_cell = load(cell.count);
    if (in_cell == 0) continue;
    const uint64_t from_cell = std::min(in_cell, wanted - taken);
    sum += static_cast<double>(cell.sum_ns) * (static_cast<double>(from_cell) / static_cast<double>(in_cell));
    taken += from_cell;
  }
  return sum / static_cast<double>(wanted);
}

}  // namespace shallop::loadgen
