// SPDX-License-Identifier: Apache-2.0
#include "runtime/memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "runtime/bulk_memory.hpp"
#include "runtime/trap_signal.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

constexpr uint64_t page_size = limits::page_size_bytes;

// The largest index plus the largest offset is just below 8 GiB; the page behind takes the width of the access.
constexpr uint64_t guarded_bytes = (uint64_t{8} << 30) + page_size;

std::byte* map(uint64_t size_bytes, int protection) {
  void* address = mmap(nullptr, size_bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? nullptr : static_cast<std::byte*>(address);
}

// A mapping cannot be empty, a memory can.
uint64_t mapping_bytes(uint64_t size_bytes) { return std::max(size_bytes, page_size); }

// "3 pages (192 KiB)".
std::string describe_size(uint64_t pages) {
  const uint64_t kib = pages * (page_size >> 10);
  const bool is_whole_mib = kib % 1024 == 0;
  return fmt::format("{} pages ({} {})", pages, is_whole_mib ? kib >> 10 : kib, is_whole_mib ? "MiB" : "KiB");
}

bool in_bounds(uint64_t start, uint64_t count, uint64_t size) { return start <= size && count <= size - start; }

}  // namespace

std::shared_ptr<Memory> Memory::create(const MemoryType& type, const MemoryPolicy& policy,
                                       std::shared_ptr<Budget> pages) {
  const uint64_t minimum = type.limits.minimum;
  const uint64_t allowed = std::min<uint64_t>(policy.maximum_pages, limits::memory_pages);
  if (minimum > allowed) {
    throw ResourceError(fmt::format("a memory of {} is more than the {} allowed; see --memory-limit",
                                    describe_size(minimum), describe_size(allowed)));
  }
  std::shared_ptr<Memory> memory(new Memory);
  memory->pages_left_ = pages != nullptr ? std::move(pages) : std::make_shared<Budget>(allowed);
  if (!memory->take(minimum)) {
    throw ResourceError(
        fmt::format("a memory of {} is more than the {} that the guest's other memories leave of the {} "
                    "allowed; see --memory-limit",
                    describe_size(minimum), describe_size(memory->pages_left_->left()),
                    describe_size(memory->pages_left_->total())));
  }
  memory->type_ = type;
  memory->maximum_pages_ = std::min(type.limits.maximum.value_or(allowed), allowed);
  memory->guarded_ = policy.reserve && memory->reserve(guarded_bytes, minimum * page_size);
  if (memory->guarded_) {
    install_trap_handlers();
  } else if (type.shared) {
    if (!memory->reserve(mapping_bytes(memory->maximum_pages_ * page_size), minimum * page_size)) {
      throw ResourceError(
          fmt::format("no room for a shared memory that may grow to {}, which cannot move and needs all of it from the "
                      "start: {}; --memory-limit lowers it",
                      describe_size(memory->maximum_pages_), std::strerror(errno)));
    }
  } else if (!memory->allocate(minimum * page_size)) {
    throw ResourceError(fmt::format("no room for a memory of {}: {}", describe_size(minimum), std::strerror(errno)));
  }
  return memory;
}

bool Memory::reserve(uint64_t reservation_bytes, uint64_t size_bytes) {
  std::byte* first = map(bytes_before + reservation_bytes, PROT_NONE);
  if (first == nullptr) return false;
  if (mprotect(first, bytes_before + size_bytes, PROT_READ | PROT_WRITE) != 0) {
    const int error = errno;
    munmap(first, bytes_before + reservation_bytes);
    errno = error;
    return false;
  }
  base_ = first + bytes_before;
  size_bytes_ = size_bytes;
  mapped_bytes_ = reservation_bytes;
  return true;
}

bool Memory::allocate(uint64_t size_bytes) {
  mapped_bytes_ = mapping_bytes(size_bytes);
  base_ = map(mapped_bytes_, PROT_READ | PROT_WRITE);
  size_bytes_ = size_bytes;
  return base_ != nullptr;
}

bool Memory::take(uint64_t pages) {
  if (!pages_left_->take(pages)) return false;
  taken_pages_ += pages;
  return true;
}

Memory::~Memory() {
  pages_left_->give_back(taken_pages_);
  const uint64_t before = is_reserved() ? bytes_before : 0;
  if (base_ != nullptr) munmap(base_ - before, before + mapped_bytes_);
}

MemoryType Memory::type() const {
  MemoryType current = type_;
  current.limits.minimum = pages();
  return current;
}

bool Memory::contains(const void* address) const {
  const auto position = reinterpret_cast<uintptr_t>(address);
  const auto first = reinterpret_cast<uintptr_t>(base_);
  return position >= first && position - first < mapped_bytes_;
}

int64_t Memory::grow(uint64_t delta_pages) {
  const std::scoped_lock lock(growing_);
  const uint32_t before = pages();
  if (delta_pages > maximum_pages_ - before) return -1;
  if (delta_pages == 0) return before;
  if (!take(delta_pages)) return -1;
  if (!map_more(delta_pages)) {
    pages_left_->give_back(delta_pages);
    taken_pages_ -= delta_pages;
    return -1;
  }
  return before;
}

bool Memory::map_more(uint64_t delta_pages) {
  const uint64_t size = size_bytes();
  const uint64_t delta_bytes = delta_pages * page_size;
  if (is_reserved()) {
    if (mprotect(base_ + size, delta_bytes, PROT_READ | PROT_WRITE) != 0) return false;
  } else {
    const uint64_t wanted = mapping_bytes(size + delta_bytes);
    void* moved = mremap(base_, mapped_bytes_, wanted, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) return false;
    base_ = static_cast<std::byte*>(moved);
    mapped_bytes_ = wanted;
  }
  size_bytes_.store(size + delta_bytes, std::memory_order_release);
  return true;
}

TrapCode Memory::fill(uint64_t start, std::byte value, uint64_t count) {
  if (!in_bounds(start, count, size_bytes())) return TrapCode::out_of_bounds_memory_access;
  fill_bytes(base_ + start, value, count);
  return TrapCode::none;
}

TrapCode Memory::copy(uint64_t start, const Memory& source, uint64_t source_start, uint64_t count) {
  if (!in_bounds(start, count, size_bytes()) || !in_bounds(source_start, count, source.size_bytes())) {
    return TrapCode::out_of_bounds_memory_access;
  }
  move_bytes(base_ + start, source.base_ + source_start, count);
  return TrapCode::none;
}

TrapCode Memory::init(uint64_t start, std::span<const std::byte> segment, uint64_t segment_start, uint64_t count) {
  if (!in_bounds(start, count, size_bytes()) || !in_bounds(segment_start, count, segment.size())) {
    return TrapCode::out_of_bounds_memory_access;
  }
  // An empty span has no address to copy from.
  if (count != 0) std::memcpy(base_ + start, segment.data() + segment_start, count);
  return TrapCode::none;
}

}  // namespace shallop
