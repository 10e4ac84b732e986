// SPDX-License-Identifier: Apache-2.0
#include "base/system_call_filter.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace shallop {
namespace {

#if defined(__x86_64__)
constexpr uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t architecture = AUDIT_ARCH_AARCH64;
#endif
constexpr uint32_t x32_bit = 0x4000'0000;

// A program of the kernel's filter machine, in place, as nothing may be allocated behind fork(2).
class FilterProgram {
 public:
  void load(size_t offset) { add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset))); }
  void end(uint32_t action) { add(BPF_STMT(BPF_RET | BPF_K, action)); }
  // The next `over` instructions are passed over unless the number that was loaded is so.
  void if_equal(uint32_t value, uint8_t over) { add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, over)); }
  void if_at_least(uint32_t value, uint8_t over) { add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, value, 0, over)); }
  void if_any_bit(uint32_t bits, uint8_t over) { add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, over)); }
  void unless_equal(uint32_t value, uint8_t over) { add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, over, 0)); }

  bool put_in_force() {
    const sock_fprog program{.len = static_cast<unsigned short>(size_), .filter = instructions_.data()};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  static constexpr size_t of_all_calls = 7;
  static constexpr size_t of_a_call = 5;

  void add(sock_filter instruction) { instructions_[size_++] = instruction; }

  std::array<sock_filter, of_all_calls + of_a_call * forbidden_calls_max> instructions_{};
  size_t size_ = 0;
};

void forbid(FilterProgram& program, const ForbiddenCall& call) {
  const uint32_t fail = SECCOMP_RET_ERRNO | call.error;
  if (call.flags == 0) {
    program.if_equal(call.number, 1);
    program.end(fail);
    return;
  }
  program.if_equal(call.number, 4);
  program.load(offsetof(seccomp_data, args));  // the lower half, on little-endian machines
  program.if_any_bit(call.flags, 1);
  program.end(fail);
  program.end(SECCOMP_RET_ALLOW);
}

}  // namespace

bool forbid_calls(std::span<const ForbiddenCall> calls) {
  if (calls.size() > forbidden_calls_max) return false;
  FilterProgram program;
  program.load(offsetof(seccomp_data, arch));
  program.unless_equal(architecture, 1);
  program.end(SECCOMP_RET_KILL_PROCESS);
  program.load(offsetof(seccomp_data, nr));
  program.if_at_least(x32_bit, 1);
  program.end(SECCOMP_RET_ERRNO | EPERM);
  for (const ForbiddenCall& each : calls) forbid(program, each);
  program.end(SECCOMP_RET_ALLOW);
  return program.put_in_force();
}

}  // namespace shallop
