// SPDX-License-Identifier: Apache-2.0
#include "runtime/trap_signal.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstddef>
#include <mutex>

#include "runtime/native_code_ranges.hpp"
#include "runtime/native_stack.hpp"
#include "runtime/store.hpp"

// Made by the linker around the section SHALLOP_GUEST_CODE; absent in a program without an engine.
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const char __start_shallop_guest_code[];
[[gnu::weak, gnu::visibility("hidden")]] extern const char __stop_shallop_guest_code[];
}

namespace shallop {
namespace {

constinit thread_local LandingPoint* innermost = nullptr;

// --- What the handler reads of the interrupted thread ---

// The arguments are those of clang's preserve_none convention.
struct InterruptedContext {
  uintptr_t program_counter;
  uintptr_t first_argument;
  uintptr_t second_argument;
};

InterruptedContext read_context(const void* context) {
  const mcontext_t& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  const auto read = [&machine](int index) { return static_cast<uintptr_t>(machine.gregs[index]); };
  return {read(REG_RIP), read(REG_R12), read(REG_R13)};
#elif defined(__aarch64__)
  return {machine.pc, machine.regs[20], machine.regs[21]};
#else
#error "trap_signal.cpp has to learn where this processor keeps its program counter and arguments"
#endif
}

bool is_guest_code(uintptr_t program_counter) {
  return program_counter >= reinterpret_cast<uintptr_t>(__start_shallop_guest_code) &&
         program_counter < reinterpret_cast<uintptr_t>(__stop_shallop_guest_code);
}

[[noreturn]] void land(LandingPoint& point, const InterruptedContext& from, TrapCode code) {
  point.code = code;
  point.first_argument = from.first_argument;
  point.second_argument = from.second_argument;
  if (point.note_place != nullptr) point.note_place(point);
  siglongjmp(point.environment, landed_by_signal);
}

// --- The handler, and those who were there before ---

struct sigaction previous_segv;
struct sigaction previous_bus;

// Ends as if our handler had never been there.
void pass_on(int signal, siginfo_t* info, void* context) {
  const struct sigaction& previous = signal == SIGSEGV ? previous_segv : previous_bus;
  if ((previous.sa_flags & SA_SIGINFO) != 0) {
    previous.sa_sigaction(signal, info, context);
    return;
  }
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
    return;
  }
  const bool is_sent = info->si_code <= 0;  // by kill(2) and the like
  if (is_sent && previous.sa_handler == SIG_IGN) return;
  // A fault happens again on return from here, and ends the process with its true address in the core file. A signal
  // that somebody sent does not.
  sigaction(signal, &previous, nullptr);
  if (is_sent) raise(signal);
}

// What native code reads of a null reference lies in the first page, which is never mapped.
bool is_null_access(const siginfo_t& info) {
  constexpr uintptr_t first_page_bytes = 4096;
  return reinterpret_cast<uintptr_t>(info.si_addr) < first_page_bytes && info.si_code == SEGV_MAPERR;
}

TrapCode trap_of_fault(const Store& store, const siginfo_t& info, uintptr_t program_counter) {
  const bool is_native = is_native_code(program_counter);
  if (!is_native && !is_guest_code(program_counter)) return TrapCode::none;
  if (store.is_guest_memory(info.si_addr)) return TrapCode::out_of_bounds_memory_access;
  if (NativeStack::is_overflow(info.si_addr)) return TrapCode::call_stack_exhausted;
  return is_native && is_null_access(info) ? TrapCode::uninitialized_element : TrapCode::none;
}

void handle_fault(int signal, siginfo_t* info, void* context) {
  LandingPoint* const point = innermost;
  if (point != nullptr && info->si_code > 0) {
    const InterruptedContext fault = read_context(context);
    const TrapCode code = trap_of_fault(*point->store, *info, fault.program_counter);
    if (code != TrapCode::none) {
#if __has_feature(thread_sanitizer)  // whose handler, which calls this one, has blocked every signal
      pthread_sigmask(SIG_SETMASK, &static_cast<const ucontext_t*>(context)->uc_sigmask, nullptr);
#endif
      land(*point, fault, code);
    }
  }
  pass_on(signal, info, context);
}

// --- A stack for the handler, so that it runs also where the thread's own is full ---

class AlternateStack {
 public:
  AlternateStack() {
    stack_t current = {};
    if (sigaltstack(nullptr, &current) == 0 && (current.ss_flags & SS_DISABLE) == 0) return;  // somebody else's will do
    void* memory = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    // Without it a fault is still a trap, except on a full stack: not worth refusing to run.
    if (memory == MAP_FAILED) return;
    const stack_t ours = {.ss_sp = memory, .ss_flags = 0, .ss_size = size_bytes};
    sigaltstack(&ours, nullptr);
    memory_ = memory;
  }
  ~AlternateStack() {
    if (memory_ == nullptr) return;
    stack_t current = {};
    if (sigaltstack(nullptr, &current) == 0 && current.ss_sp == memory_) {
      const stack_t none = {.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
      sigaltstack(&none, nullptr);
    }
    munmap(memory_, size_bytes);
  }
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

 private:
  // The processor's state alone takes 11 KiB with AVX-512 and AMX; handlers further down the chain need some, too.
  static constexpr size_t size_bytes = 64 << 10;
  void* memory_ = nullptr;
};

constinit thread_local bool has_alternate_stack = false;

void prepare_thread() {
  static thread_local AlternateStack stack;
  static_cast<void>(stack);
  has_alternate_stack = true;
}

}  // namespace

void install_trap_handlers() {
  static std::once_flag once;
  std::call_once(once, [] {
    struct sigaction action = {};
    action.sa_sigaction = handle_fault;
    // SA_NODEFER: the handler is left by siglongjmp, which then has no mask to restore.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &previous_segv);
    sigaction(SIGBUS, &action, &previous_bus);
  });
}

void push_landing(LandingPoint& point) {
  if (!has_alternate_stack) [[unlikely]]
    prepare_thread();
  point.outer = innermost;
  innermost = &point;
}

void pop_landing(LandingPoint& point) { innermost = point.outer; }

void leave_guest_code(const void* context, TrapCode code) {
  LandingPoint* const point = innermost;
  if (point == nullptr) return;
  const InterruptedContext interrupted = read_context(context);
  if (is_guest_code(interrupted.program_counter) || is_native_code(interrupted.program_counter)) {
    // While its handler runs the signal is blocked, and siglongjmp restores no mask.
    pthread_sigmask(SIG_SETMASK, &static_cast<const ucontext_t*>(context)->uc_sigmask, nullptr);
    land(*point, interrupted, code);
  }
}

void land(Completion completion) {
  siglongjmp(innermost->environment, landed_by_signal + 1 + static_cast<int>(completion));
}

}  // namespace shallop
