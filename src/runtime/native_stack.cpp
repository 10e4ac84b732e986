// SPDX-License-Identifier: Apache-2.0
#include "runtime/native_stack.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "wasm/error.hpp"
#include "wasm/limits.hpp"

#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

// void shallop_call_on_stack(void* argument, void (*function)(void*), void* top)
#if defined(__x86_64__)
asm(R"(
  .text
  .p2align 4
  .type shallop_call_on_stack, @function
shallop_call_on_stack:
  .cfi_startproc
  push %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset %rbp, -16
  mov %rsp, %rbp
  .cfi_def_cfa_register %rbp
  mov %rdx, %rsp
  call *%rsi
  mov %rbp, %rsp
  pop %rbp
  .cfi_def_cfa %rsp, 8
  ret
  .cfi_endproc
  .size shallop_call_on_stack, . - shallop_call_on_stack
)");
#elif defined(__aarch64__)
asm(R"(
  .text
  .p2align 4
  .type shallop_call_on_stack, @function
shallop_call_on_stack:
  .cfi_startproc
  stp x29, x30, [sp, #-16]!
  .cfi_def_cfa_offset 16
  .cfi_offset x29, -16
  .cfi_offset x30, -8
  mov x29, sp
  .cfi_def_cfa_register x29
  mov sp, x2
  blr x1
  mov sp, x29
  .cfi_def_cfa_register sp
  ldp x29, x30, [sp], #16
  ret
  .cfi_endproc
  .size shallop_call_on_stack, . - shallop_call_on_stack
)");
#else
#error "native_stack.cpp has to learn how this processor changes its stack"
#endif
extern "C" void shallop_call_on_stack(void* argument, void (*function)(void*), void* top);

namespace shallop {
namespace {

constinit thread_local NativeStack* current_stack = nullptr;

// What NativeStack::call and the change of stacks itself may have below the frame address of call().
constexpr size_t own_frame_bytes = 1024;

std::byte* aligned_down(void* address, size_t distance) {
  constexpr uintptr_t alignment = 64;
  return reinterpret_cast<std::byte*>((reinterpret_cast<uintptr_t>(address) - distance) & ~(alignment - 1));
}

#if __has_feature(address_sanitizer)
// AddressSanitizer has to know which stack is current; it is told here and in NativeStack::return_to().
struct Fiber {
  void (*function)(void*);
  void* argument;
  bool leaves_thread;  // its own stack
};
constinit thread_local const void* thread_bottom = nullptr;
constinit thread_local size_t thread_bytes = 0;
constinit thread_local const std::byte* thread_free_top = nullptr;  // as a NativeStack's, while it is not current

// Frames that a jump left have marks still between their variables, which later frames would run into. The jump itself
// clears them on one stack only, and none when it comes from a signal's stack.
void clear_marks(const std::byte* from, const std::byte* to) {
  if (from < to) __asan_unpoison_memory_region(from, static_cast<size_t>(to - from));
}

void run_fiber(void* argument) {
  const Fiber& fiber = *static_cast<Fiber*>(argument);
  const void* bottom = nullptr;
  size_t bytes = 0;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &bytes);
  if (fiber.leaves_thread) {
    thread_bottom = bottom;
    thread_bytes = bytes;
  }
  fiber.function(fiber.argument);
  __sanitizer_start_switch_fiber(nullptr, bottom, bytes);
}

void switch_to(void (*function)(void*), void* argument, std::byte* lowest, std::byte* top, bool leaves_thread) {
  Fiber fiber{.function = function, .argument = argument, .leaves_thread = leaves_thread};
  __sanitizer_start_switch_fiber(nullptr, lowest, static_cast<size_t>(top - lowest));
  shallop_call_on_stack(&fiber, run_fiber, top);
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
}
#else
void switch_to(void (*function)(void*), void* argument, std::byte*, std::byte* top, bool) {
  shallop_call_on_stack(argument, function, top);
}
#endif

}  // namespace

NativeStack::NativeStack(size_t size_bytes) {
  constexpr size_t page = limits::page_size_bytes;  // a multiple of every host's
  mapping_bytes_ = guard_bytes + host_reserve_bytes + (size_bytes + page - 1) / page * page;
  void* mapping = mmap(nullptr, mapping_bytes_, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapping == MAP_FAILED) {
    throw ResourceError(
        fmt::format("no room for a stack of {} KiB for native code: {}", mapping_bytes_ >> 10, std::strerror(errno)));
  }
  if (mprotect(mapping, guard_bytes, PROT_NONE) != 0) {
    const int error = errno;
    munmap(mapping, mapping_bytes_);
    throw ResourceError(fmt::format("no guard for the stack of native code: {}", std::strerror(error)));
  }
  madvise(mapping, mapping_bytes_, MADV_NOHUGEPAGE);  // else the first frame may make 2 MiB resident
  mapping_ = static_cast<std::byte*>(mapping);
  free_top_ = mapping_ + mapping_bytes_;
}

NativeStack::~NativeStack() { munmap(mapping_, mapping_bytes_); }

void NativeStack::call(void (*function)(void* argument), void* argument) {
  if (current_stack == this) return function(argument);
  const Stay before = current();
  std::byte* const free_top = aligned_down(__builtin_frame_address(0), own_frame_bytes);
  if (current_stack != nullptr) current_stack->free_top_ = free_top;
#if __has_feature(address_sanitizer)
  if (current_stack == nullptr) thread_free_top = free_top;
#endif
  current_stack = this;
  switch_to(function, argument, lowest(), free_top_, before.stack == nullptr);
  current_stack = before.stack;
  if (before.stack != nullptr) before.stack->free_top_ = before.free_top;
}

NativeStack::Stay NativeStack::current() {
  return {.stack = current_stack, .free_top = current_stack == nullptr ? nullptr : current_stack->free_top_};
}

void NativeStack::return_to(const Stay& stay) {
#if __has_feature(address_sanitizer)
  const auto* const frame = static_cast<const std::byte*>(__builtin_frame_address(0));
  if (stay.stack != current_stack) {
    clear_marks(current_stack->lowest(), current_stack->free_top_);
    const bool is_thread = stay.stack == nullptr;
    const void* bottom = is_thread ? thread_bottom : stay.stack->lowest();
    __sanitizer_start_switch_fiber(nullptr, bottom,
                                   is_thread ? thread_bytes : stay.stack->mapping_bytes_ - guard_bytes);
    __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
    if (is_thread) clear_marks(thread_free_top, frame);
  }
  if (stay.stack != nullptr) clear_marks(stay.stack->lowest(), frame);
#endif
  current_stack = stay.stack;
  if (stay.stack != nullptr) stay.stack->free_top_ = stay.free_top;
}

bool NativeStack::is_exhausted() {
  return current_stack != nullptr && static_cast<std::byte*>(__builtin_frame_address(0)) < current_stack->host_limit();
}

// AddressSanitizer forbids what lies between the variables of host code's frames.
__attribute__((no_sanitize("address"))) std::vector<Slot> NativeStack::copy_in_use() const {
  const std::byte* from = current_stack == this ? static_cast<const std::byte*>(__builtin_frame_address(0)) : free_top_;
  const auto* const first = reinterpret_cast<const volatile Slot*>(from);
  const auto count = static_cast<size_t>(mapping_ + mapping_bytes_ - from) / sizeof(Slot);
  std::vector<Slot> slots(count);
  for (size_t i = 0; i < count; ++i) slots[i] = first[i];
  return slots;
}

bool NativeStack::is_overflow(const void* address) {
  return current_stack != nullptr && address >= current_stack->mapping_ && address < current_stack->lowest();
}

}  // namespace shallop
