// SPDX-License-Identifier: Apache-2.0
#include "runtime/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

// True if `count` elements from `start` on lie within `size`; the sum does not wrap.
bool in_bounds(uint32_t start, uint32_t count, size_t size) { return uint64_t{start} + count <= size; }

}  // namespace

Table::Table(const TableType& type, Budget& elements_left) : elements_left_(elements_left), type_(type) {
  if (type.limits.minimum > limits::table_elements) {
    throw ResourceError(fmt::format("a table of {} elements is more than the {} that shallop allows",
                                    type.limits.minimum, limits::table_elements));
  }
  if (!elements_left.take(type.limits.minimum)) {
    throw ResourceError(
        fmt::format("a table of {} elements is more than the {} that the guest's other tables leave of "
                    "the {} that shallop allows",
                    type.limits.minimum, elements_left.left(), elements_left.total()));
  }
  try {
    storage_.resize(type.limits.minimum, 0);
  } catch (const std::bad_alloc&) {
    throw ResourceError(fmt::format("no memory for a table of {} elements", type.limits.minimum));
  }
  refresh();
}

TableType Table::type() const {
  TableType current = type_;
  current.limits.minimum = size_;
  return current;
}

int64_t Table::grow(uint32_t delta, Slot value) {
  const uint64_t grown = uint64_t{size_} + delta;
  const uint64_t maximum =
      std::min<uint64_t>(type_.limits.maximum.value_or(limits::table_elements), limits::table_elements);
  if (grown > maximum || !elements_left_.take(delta)) return -1;
  const uint32_t before = size_;
  try {
    storage_.resize(grown, value);
  } catch (const std::bad_alloc&) {
    elements_left_.give_back(delta);
    return -1;
  }
  refresh();
  return before;
}

TrapCode Table::fill(uint32_t start, Slot value, uint32_t count) {
  if (!in_bounds(start, count, size_)) return TrapCode::out_of_bounds_table_access;
  std::fill_n(elements_ + start, count, value);
  return TrapCode::none;
}

TrapCode Table::copy(uint32_t start, Table& source, uint32_t source_start, uint32_t count) {
  if (!in_bounds(start, count, size_) || !in_bounds(source_start, count, source.size_)) {
    return TrapCode::out_of_bounds_table_access;
  }
  const Slot* first = source.elements_ + source_start;
  if (&source == this && source_start < start) {
    std::copy_backward(first, first + count, elements_ + start + count);
  } else {
    std::copy_n(first, count, elements_ + start);
  }
  return TrapCode::none;
}

TrapCode Table::init(uint32_t start, const std::vector<Slot>& segment, uint32_t segment_start, uint32_t count) {
  if (!in_bounds(start, count, size_) || !in_bounds(segment_start, count, segment.size())) {
    return TrapCode::out_of_bounds_table_access;
  }
  std::copy_n(segment.data() + segment_start, count, elements_ + start);
  return TrapCode::none;
}

void Table::refresh() {
  elements_ = storage_.data();
  size_ = static_cast<uint32_t>(storage_.size());
}

}  // namespace shallop
