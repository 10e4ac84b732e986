// SPDX-License-Identifier: Apache-2.0
// The types of WASI preview1 as they lie in linear memory: little-endian, natural alignment, 32-bit pointers. Included
// by the host's WASI layer and by the guest SDK. Enumerators keep the witx spelling, struct fields drop its prefixes
// (fs_, d_). Source: WebAssembly/WASI, phases/snapshot/witx/typenames.witx.
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi/flag_set.hpp"
#include "abi/wasi_errno.hpp"

namespace shallop::wasi {

/// The import module of every function here and in socket_extension.hpp.
inline constexpr char import_module[] = "wasi_snapshot_preview1";

using Pointer = std::uint32_t;  // byte offset into the guest's memory 0
using Size = std::uint32_t;
using Filesize = std::uint64_t;
using Filedelta = std::int64_t;
using Timestamp = std::uint64_t;  // nanoseconds
using Fd = std::uint32_t;
using Device = std::uint64_t;
using Inode = std::uint64_t;
using Linkcount = std::uint64_t;
using Dircookie = std::uint64_t;
using Userdata = std::uint64_t;
using Exitcode = std::uint32_t;

/// More iovecs than this in one call are refused with `inval`.
inline constexpr Size max_iovecs = 1024;

/// The first position of fd_readdir.
inline constexpr Dircookie dircookie_start = 0;

enum class Clockid : std::uint32_t { realtime = 0, monotonic = 1, process_cputime_id = 2, thread_cputime_id = 3 };

enum class Filetype : std::uint8_t {
  unknown = 0,
  block_device = 1,
  character_device = 2,
  directory = 3,
  regular_file = 4,
  socket_dgram = 5,
  socket_stream = 6,
  symbolic_link = 7,
};

enum class Whence : std::uint8_t { set = 0, cur = 1, end = 2 };

enum class Advice : std::uint8_t { normal = 0, sequential = 1, random = 2, willneed = 3, dontneed = 4, noreuse = 5 };

enum class Preopentype : std::uint8_t { dir = 0 };

enum class Eventtype : std::uint8_t { clock = 0, fd_read = 1, fd_write = 2 };

enum class Fdflags : std::uint16_t {
  none = 0,
  append = 1 << 0,
  dsync = 1 << 1,
  nonblock = 1 << 2,
  rsync = 1 << 3,
  sync = 1 << 4,
  all = (1 << 5) - 1,
};
template <>
inline constexpr bool is_flag_set<Fdflags> = true;

enum class Oflags : std::uint16_t {
  none = 0,
  creat = 1 << 0,
  directory = 1 << 1,
  excl = 1 << 2,
  trunc = 1 << 3,
  all = (1 << 4) - 1,
};
template <>
inline constexpr bool is_flag_set<Oflags> = true;

enum class Lookupflags : std::uint32_t { none = 0, symlink_follow = 1 << 0, all = 1 };
template <>
inline constexpr bool is_flag_set<Lookupflags> = true;

enum class Fstflags : std::uint16_t {
  none = 0,
  atim = 1 << 0,
  atim_now = 1 << 1,
  mtim = 1 << 2,
  mtim_now = 1 << 3,
  all = (1 << 4) - 1,
};
template <>
inline constexpr bool is_flag_set<Fstflags> = true;

enum class Eventrwflags : std::uint16_t { none = 0, fd_readwrite_hangup = 1 << 0 };
template <>
inline constexpr bool is_flag_set<Eventrwflags> = true;

enum class Subclockflags : std::uint16_t { none = 0, subscription_clock_abstime = 1 << 0, all = 1 };
template <>
inline constexpr bool is_flag_set<Subclockflags> = true;

enum class Riflags : std::uint16_t { none = 0, recv_peek = 1 << 0, recv_waitall = 1 << 1, all = (1 << 2) - 1 };
template <>
inline constexpr bool is_flag_set<Riflags> = true;

enum class Roflags : std::uint16_t { none = 0, recv_data_truncated = 1 << 0 };
template <>
inline constexpr bool is_flag_set<Roflags> = true;

/// preview1 defines no send flag: every bit is refused.
enum class Siflags : std::uint16_t { none = 0 };
template <>
inline constexpr bool is_flag_set<Siflags> = true;

enum class Sdflags : std::uint8_t { none = 0, rd = 1 << 0, wr = 1 << 1, all = (1 << 2) - 1 };
template <>
inline constexpr bool is_flag_set<Sdflags> = true;

// Bits 29 and up as WasmEdge defines them are in socket_extension.hpp: they collide with sock_accept.
enum class Rights : std::uint64_t {
  none = 0,
  fd_datasync = 1ULL << 0,
  fd_read = 1ULL << 1,
  fd_seek = 1ULL << 2,
  fd_fdstat_set_flags = 1ULL << 3,
  fd_sync = 1ULL << 4,
  fd_tell = 1ULL << 5,
  fd_write = 1ULL << 6,
  fd_advise = 1ULL << 7,
  fd_allocate = 1ULL << 8,
  path_create_directory = 1ULL << 9,
  path_create_file = 1ULL << 10,
  path_link_source = 1ULL << 11,
  path_link_target = 1ULL << 12,
  path_open = 1ULL << 13,
  fd_readdir = 1ULL << 14,
  path_readlink = 1ULL << 15,
  path_rename_source = 1ULL << 16,
  path_rename_target = 1ULL << 17,
  path_filestat_get = 1ULL << 18,
  path_filestat_set_size = 1ULL << 19,
  path_filestat_set_times = 1ULL << 20,
  fd_filestat_get = 1ULL << 21,
  fd_filestat_set_size = 1ULL << 22,
  fd_filestat_set_times = 1ULL << 23,
  path_symlink = 1ULL << 24,
  path_remove_directory = 1ULL << 25,
  path_unlink_file = 1ULL << 26,
  poll_fd_readwrite = 1ULL << 27,
  sock_shutdown = 1ULL << 28,
  sock_accept = 1ULL << 29,
  all = (1ULL << 30) - 1,
};
template <>
inline constexpr bool is_flag_set<Rights> = true;

enum class Signal : std::uint8_t {
  none = 0,
  hup = 1,
  int_ = 2,
  quit = 3,
  ill = 4,
  trap = 5,
  abrt = 6,
  bus = 7,
  fpe = 8,
  kill = 9,
  usr1 = 10,
  segv = 11,
  usr2 = 12,
  pipe = 13,
  alrm = 14,
  term = 15,
  chld = 16,
  cont = 17,
  stop = 18,
  tstp = 19,
  ttin = 20,
  ttou = 21,
  urg = 22,
  xcpu = 23,
  xfsz = 24,
  vtalrm = 25,
  prof = 26,
  winch = 27,
  poll = 28,
  pwr = 29,
  sys = 30,
};

struct Iovec {
  Pointer buf;
  Size buf_len;
};
static_assert(sizeof(Iovec) == 8 && alignof(Iovec) == 4);
static_assert(offsetof(Iovec, buf) == 0 && offsetof(Iovec, buf_len) == 4);

using Ciovec = Iovec;

struct Fdstat {
  Filetype filetype;
  Fdflags flags;
  alignas(8) Rights rights_base;
  Rights rights_inheriting;
};
static_assert(sizeof(Fdstat) == 24 && alignof(Fdstat) == 8);
static_assert(offsetof(Fdstat, filetype) == 0 && offsetof(Fdstat, flags) == 2);
static_assert(offsetof(Fdstat, rights_base) == 8 && offsetof(Fdstat, rights_inheriting) == 16);

struct Filestat {
  Device dev;
  Inode ino;
  Filetype filetype;
  Linkcount nlink;
  Filesize size;
  Timestamp atim;
  Timestamp mtim;
  Timestamp ctim;
};
static_assert(sizeof(Filestat) == 64 && alignof(Filestat) == 8);
static_assert(offsetof(Filestat, dev) == 0 && offsetof(Filestat, ino) == 8 && offsetof(Filestat, filetype) == 16);
static_assert(offsetof(Filestat, nlink) == 24 && offsetof(Filestat, size) == 32 && offsetof(Filestat, atim) == 40);
static_assert(offsetof(Filestat, mtim) == 48 && offsetof(Filestat, ctim) == 56);

struct Prestat {
  Preopentype tag;
  Size pr_name_len;
};
static_assert(sizeof(Prestat) == 8 && alignof(Prestat) == 4);
static_assert(offsetof(Prestat, tag) == 0 && offsetof(Prestat, pr_name_len) == 4);

/// Followed by `namlen` bytes of name, without terminator or padding.
struct Dirent {
  Dircookie next;
  Inode ino;
  Size namlen;
  Filetype type;
};
static_assert(sizeof(Dirent) == 24 && alignof(Dirent) == 8);
static_assert(offsetof(Dirent, next) == 0 && offsetof(Dirent, ino) == 8);
static_assert(offsetof(Dirent, namlen) == 16 && offsetof(Dirent, type) == 20);

struct SubscriptionClock {
  Clockid id;
  Timestamp timeout;
  Timestamp precision;
  Subclockflags flags;
};
static_assert(sizeof(SubscriptionClock) == 32 && alignof(SubscriptionClock) == 8);
static_assert(offsetof(SubscriptionClock, id) == 0 && offsetof(SubscriptionClock, timeout) == 8);
static_assert(offsetof(SubscriptionClock, precision) == 16 && offsetof(SubscriptionClock, flags) == 24);

struct SubscriptionFdReadwrite {
  Fd file_descriptor;
};

struct Subscription {
  Userdata userdata;
  Eventtype tag;
  union {
    SubscriptionClock clock;
    SubscriptionFdReadwrite fd_readwrite;
  };
};
static_assert(sizeof(Subscription) == 48 && alignof(Subscription) == 8);
static_assert(offsetof(Subscription, userdata) == 0 && offsetof(Subscription, tag) == 8);
static_assert(offsetof(Subscription, clock) == 16 && offsetof(Subscription, fd_readwrite) == 16);

struct EventFdReadwrite {
  Filesize nbytes;
  Eventrwflags flags;
};
static_assert(sizeof(EventFdReadwrite) == 16 && offsetof(EventFdReadwrite, flags) == 8);

struct Event {
  Userdata userdata;
  Errno error;
  Eventtype type;
  EventFdReadwrite fd_readwrite;
};
static_assert(sizeof(Event) == 32 && alignof(Event) == 8);
static_assert(offsetof(Event, userdata) == 0 && offsetof(Event, error) == 8 && offsetof(Event, type) == 10);
static_assert(offsetof(Event, fd_readwrite) == 16);

}  // namespace shallop::wasi
