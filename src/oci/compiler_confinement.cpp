// SPDX-License-Identifier: Apache-2.0
#include "oci/compiler_confinement.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/unique_fd.hpp"

namespace shallop::oci {
namespace {

bool limit(__rlimit_resource_t what, rlim_t value) {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  return ::setrlimit(what, &both) == 0;
}

bool hold_to_limits() {
  [[maybe_unused]] constexpr rlim_t memory_bytes = rlim_t{4} << 30;
  constexpr rlim_t file_bytes = rlim_t{2} << 30;
  constexpr rlim_t processor_seconds = 600;
  // Engines protect themselves from the killer of processes that need memory, and this one would inherit that.
  const UniqueFd score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (score) static_cast<void>(::write(score.get(), "500", 3));
#if !__has_feature(address_sanitizer)  // which reserves terabytes of addresses
  if (!limit(RLIMIT_AS, memory_bytes)) return false;
#endif
  return limit(RLIMIT_CPU, processor_seconds) && limit(RLIMIT_FSIZE, file_bytes) && limit(RLIMIT_CORE, 0);
}

bool become_user(uid_t user) {
  if (::geteuid() != 0) return true;
  const gid_t group = user;
  return ::setgroups(0, nullptr) == 0 && ::setresgid(group, group, group) == 0 && ::setresuid(user, user, user) == 0 &&
         ::setuid(0) != 0;
}

// Landlock, where the kernel has it; as some user there is little that can be written anyway.
// https://docs.kernel.org/userspace-api/landlock.html
void forbid_writing() {
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;
  const UniqueFd rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0)));
  if (rules) ::syscall(SYS_landlock_restrict_self, rules.get(), 0);
}

// These fail with EPERM; a call of another architecture ends the process.
// https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
bool forbid_calls() {
#if defined(__x86_64__)
  constexpr uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
  constexpr uint32_t architecture = AUDIT_ARCH_AARCH64;
#endif
  constexpr uint32_t x32_bit = 0x4000'0000;
  constexpr uint32_t io_uring_setup = 425;
  constexpr uint32_t forbidden[] = {SYS_socket,
                                    SYS_socketpair,
                                    SYS_connect,
                                    io_uring_setup,
                                    SYS_ptrace,
                                    SYS_process_vm_readv,
                                    SYS_process_vm_writev,
                                    SYS_unshare,
                                    SYS_setns,
                                    SYS_bpf,
                                    SYS_perf_event_open,
                                    SYS_userfaultfd,
                                    SYS_keyctl,
                                    SYS_add_key,
                                    SYS_request_key,
                                    SYS_mount,
                                    SYS_umount2,
                                    SYS_pidfd_getfd};
  const auto load = [](size_t offset) {
    return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
  };
  std::vector<sock_filter> filter{
      load(offsetof(seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
      load(offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, x32_bit, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
  };
  for (const uint32_t each : forbidden) {
    filter.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, each, 0, 1));
    filter.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
  }
  // clone3's flags are in memory, where no filter sees them; the C library knows clone as well.
  filter.insert(filter.end(), {
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
                                  load(offsetof(seccomp_data, args)),  // the low half, on little-endian machines
                                  BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWUSER, 0, 1),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
                              });
  const sock_fprog program{.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace

bool confine_compiler(uid_t user) {
  if (!hold_to_limits() || !become_user(user) || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  forbid_writing();
  return forbid_calls();
}

}  // namespace shallop::oci
