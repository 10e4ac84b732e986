// SPDX-License-Identifier: Apache-2.0
#include "oci/compiler_confinement.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/landlock.hpp"
#include "base/system_call_filter.hpp"
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
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)  // which reserve terabytes of addresses
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

// What reaches the network, looks into other processes, or makes namespaces and mounts.
bool forbid_what_reaches_others() {
  constexpr ForbiddenCall calls[] = {
      {.number = SYS_socket, .error = EPERM},
      {.number = SYS_socketpair, .error = EPERM},
      {.number = SYS_connect, .error = EPERM},
      {.number = call_io_uring_setup, .error = EPERM},
      {.number = SYS_ptrace, .error = EPERM},
      {.number = SYS_process_vm_readv, .error = EPERM},
      {.number = SYS_process_vm_writev, .error = EPERM},
      {.number = SYS_unshare, .error = EPERM},
      {.number = SYS_setns, .error = EPERM},
      {.number = SYS_bpf, .error = EPERM},
      {.number = SYS_perf_event_open, .error = EPERM},
      {.number = SYS_userfaultfd, .error = EPERM},
      {.number = SYS_keyctl, .error = EPERM},
      {.number = SYS_add_key, .error = EPERM},
      {.number = SYS_request_key, .error = EPERM},
      {.number = SYS_mount, .error = EPERM},
      {.number = SYS_umount2, .error = EPERM},
      {.number = SYS_pidfd_getfd, .error = EPERM},
      // Its flags are in memory, where no filter sees them; the C library knows clone as well.
      {.number = SYS_clone3, .error = ENOSYS},
      {.number = SYS_clone, .error = EPERM, .flags = CLONE_NEWUSER},
  };
  return forbid_calls(calls);
}

// No file is changed, and those of other users of the host are not even read, as what is read could be in what is
// written. What is left is the compiler, its libraries, the module, and what both ask the system.
void forbid_files(const std::string& program) {
  const AllowedPath needed[] = {
      {.path = std::filesystem::path(program).parent_path(), .read_only = true, .executable = true},
      {.path = "/usr", .read_only = true, .executable = true},
      {.path = "/lib", .read_only = true, .executable = true},
      {.path = "/lib64", .read_only = true, .executable = true},
      {.path = "/etc/ld.so.cache", .read_only = true},
      {.path = "/dev/stdin", .read_only = true},
      {.path = "/dev/null"},
      {.path = "/proc/sys/vm/overcommit_memory", .read_only = true},
      {.path = "/sys/devices/system/cpu", .read_only = true},
  };
  // Where the kernel has no Landlock: as some user there is little that can be changed or read anyway.
  static_cast<void>(confine_files(needed));
}

}  // namespace

bool confine_compiler(uid_t user, const std::string& program) {
  if (!hold_to_limits() || !become_user(user)) return false;
  forbid_files(program);
  return forbid_what_reaches_others();
}

}  // namespace shallop::oci
