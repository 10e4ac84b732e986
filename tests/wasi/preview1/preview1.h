// SPDX-License-Identifier: Apache-2.0
// preview1 as a module imports it, without a libc in between: every function by its raw import, every number by its
// witx name. Source: WebAssembly/WASI, phases/snapshot/witx.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))

// In the order of their numbers.
// clang-format off
#define ERRNO_NAMES(X) \
  X(success) X(too_big) X(acces) X(addrinuse) X(addrnotavail) X(afnosupport) X(again) X(already) X(badf) X(badmsg) \
  X(busy) X(canceled) X(child) X(connaborted) X(connrefused) X(connreset) X(deadlk) X(destaddrreq) X(dom) X(dquot) \
  X(exist) X(fault) X(fbig) X(hostunreach) X(idrm) X(ilseq) X(inprogress) X(intr) X(inval) X(io) X(isconn) X(isdir) \
  X(loop) X(mfile) X(mlink) X(msgsize) X(multihop) X(nametoolong) X(netdown) X(netreset) X(netunreach) X(nfile) \
  X(nobufs) X(nodev) X(noent) X(noexec) X(nolck) X(nolink) X(nomem) X(nomsg) X(noprotoopt) X(nospc) X(nosys) \
  X(notconn) X(notdir) X(notempty) X(notrecoverable) X(notsock) X(notsup) X(notty) X(nxio) X(overflow) X(ownerdead) \
  X(perm) X(pipe) X(proto) X(protonosupport) X(prototype) X(range) X(rofs) X(spipe) X(srch) X(stale) X(timedout) \
  X(txtbsy) X(xdev) X(notcapable)
// clang-format on
enum errno_number {
#define NUMBER(name) errno_##name,
  ERRNO_NAMES(NUMBER)
#undef NUMBER
};

enum clockid { clock_realtime, clock_monotonic, clock_process_cputime, clock_thread_cputime };
enum filetype {
  type_unknown,
  type_block,
  type_character,
  type_directory,
  type_file,
  type_dgram,
  type_stream,
  type_link
};
enum fdflags { fd_append = 1, fd_dsync = 2, fd_nonblock = 4, fd_rsync = 8, fd_sync = 16 };
enum oflags { o_creat = 1, o_directory = 2, o_excl = 4, o_trunc = 8 };
enum lookupflags { no_follow = 0, follow = 1 };
enum fstflags { set_atim = 1, set_atim_now = 2, set_mtim = 4, set_mtim_now = 8 };
enum whence { whence_set, whence_cur, whence_end };
enum eventtype { event_clock, event_read, event_write };
enum { absolute_time = 1, hangup = 1, recv_peek = 1, recv_waitall = 2, shut_read = 1, shut_write = 2 };

#define RIGHT(bit) (UINT64_C(1) << (bit))
enum right_bit {
  datasync,
  read_,
  seek,
  set_flags,
  sync_,
  tell,
  write_,
  advise,
  allocate,
  create_directory,
  create_file,
  link_source,
  link_target,
  path_open_,
  readdir_,
  readlink_,
  rename_source,
  rename_target,
  path_stat,
  path_set_size,
  path_set_times,
  stat_,
  set_size,
  set_times,
  symlink_,
  remove_directory,
  unlink_,
  poll_rw,
  shutdown_,
  accept_
};
#define ALL_RIGHTS (RIGHT(30) - 1)
#define FILE_RIGHTS \
  (RIGHT(datasync) | RIGHT(read_) | RIGHT(seek) | RIGHT(set_flags) | RIGHT(sync_) | RIGHT(tell) | RIGHT(write_) | \
   RIGHT(advise) | RIGHT(allocate) | RIGHT(stat_) | RIGHT(set_size) | RIGHT(set_times) | RIGHT(poll_rw))
#define DIRECTORY_RIGHTS (ALL_RIGHTS & ~(RIGHT(write_) | RIGHT(allocate) | RIGHT(set_size)))

struct vector {
  const void* buf;
  uint32_t size;
};
struct fdstat {
  uint8_t type;
  uint16_t flags;
  uint64_t base, inheriting;
};
struct filestat {
  uint64_t dev, ino;
  uint8_t type;
  uint64_t nlink, size, atim, mtim, ctim;
};
struct prestat {
  uint8_t tag;
  uint32_t name_size;
};
struct dirent_ {
  uint64_t next, ino;
  uint32_t name_size;
  uint8_t type;
};
struct subscription {
  uint64_t userdata;
  uint8_t tag;
  union {
    uint32_t fd;
    struct {
      uint32_t id;
      uint64_t timeout, precision;
      uint16_t flags;
    } clock;
  };
};
struct event {
  uint64_t userdata;
  uint16_t error;
  uint8_t type;
  uint64_t nbytes;
  uint16_t flags;
};
_Static_assert(sizeof(struct fdstat) == 24 && sizeof(struct filestat) == 64 && sizeof(struct prestat) == 8, "witx");
_Static_assert(sizeof(struct dirent_) == 24 && sizeof(struct subscription) == 48 && sizeof(struct event) == 32, "witx");

IMPORT(args_get) uint32_t wasi_args_get(uint32_t* argv, char* strings);
IMPORT(args_sizes_get) uint32_t wasi_args_sizes_get(uint32_t* count, uint32_t* size);
IMPORT(environ_get) uint32_t wasi_environ_get(uint32_t* environ, char* strings);
IMPORT(environ_sizes_get) uint32_t wasi_environ_sizes_get(uint32_t* count, uint32_t* size);
IMPORT(clock_res_get) uint32_t wasi_clock_res_get(uint32_t clock, uint64_t* resolution);
IMPORT(clock_time_get) uint32_t wasi_clock_time_get(uint32_t clock, uint64_t precision, uint64_t* time);
IMPORT(fd_advise) uint32_t wasi_fd_advise(uint32_t fd, uint64_t offset, uint64_t size, uint32_t advice);
IMPORT(fd_allocate) uint32_t wasi_fd_allocate(uint32_t fd, uint64_t offset, uint64_t size);
IMPORT(fd_close) uint32_t wasi_fd_close(uint32_t fd);
IMPORT(fd_datasync) uint32_t wasi_fd_datasync(uint32_t fd);
IMPORT(fd_fdstat_get) uint32_t wasi_fd_fdstat_get(uint32_t fd, struct fdstat*);
IMPORT(fd_fdstat_set_flags) uint32_t wasi_fd_fdstat_set_flags(uint32_t fd, uint32_t flags);
IMPORT(fd_fdstat_set_rights) uint32_t wasi_fd_fdstat_set_rights(uint32_t fd, uint64_t base, uint64_t inheriting);
IMPORT(fd_filestat_get) uint32_t wasi_fd_filestat_get(uint32_t fd, struct filestat*);
IMPORT(fd_filestat_set_size) uint32_t wasi_fd_filestat_set_size(uint32_t fd, uint64_t size);
IMPORT(fd_filestat_set_times)
uint32_t wasi_fd_filestat_set_times(uint32_t fd, uint64_t atim, uint64_t mtim, uint32_t flags);
IMPORT(fd_pread)
uint32_t wasi_fd_pread(uint32_t fd, const struct vector*, uint32_t count, uint64_t offset, uint32_t* size);
IMPORT(fd_prestat_get) uint32_t wasi_fd_prestat_get(uint32_t fd, struct prestat*);
IMPORT(fd_prestat_dir_name) uint32_t wasi_fd_prestat_dir_name(uint32_t fd, char* name, uint32_t size);
IMPORT(fd_pwrite)
uint32_t wasi_fd_pwrite(uint32_t fd, const struct vector*, uint32_t count, uint64_t offset, uint32_t* size);
IMPORT(fd_read) uint32_t wasi_fd_read(uint32_t fd, const struct vector*, uint32_t count, uint32_t* size);
IMPORT(fd_readdir) uint32_t wasi_fd_readdir(uint32_t fd, void* buffer, uint32_t size, uint64_t cookie, uint32_t* used);
IMPORT(fd_renumber) uint32_t wasi_fd_renumber(uint32_t from, uint32_t to);
IMPORT(fd_seek) uint32_t wasi_fd_seek(uint32_t fd, int64_t delta, uint32_t whence, uint64_t* position);
IMPORT(fd_sync) uint32_t wasi_fd_sync(uint32_t fd);
IMPORT(fd_tell) uint32_t wasi_fd_tell(uint32_t fd, uint64_t* position);
IMPORT(fd_write) uint32_t wasi_fd_write(uint32_t fd, const struct vector*, uint32_t count, uint32_t* size);
IMPORT(path_create_directory) uint32_t wasi_path_create_directory(uint32_t fd, const char* path, uint32_t size);
IMPORT(path_filestat_get)
uint32_t wasi_path_filestat_get(uint32_t fd, uint32_t lookup, const char* path, uint32_t size, struct filestat*);
IMPORT(path_filestat_set_times)
uint32_t wasi_path_filestat_set_times(uint32_t fd, uint32_t lookup, const char* path, uint32_t size, uint64_t atim,
                                      uint64_t mtim, uint32_t flags);
IMPORT(path_link)
uint32_t wasi_path_link(uint32_t old_fd, uint32_t lookup, const char* old_path, uint32_t old_size, uint32_t new_fd,
                        const char* new_path, uint32_t new_size);
IMPORT(path_open)
uint32_t wasi_path_open(uint32_t fd, uint32_t lookup, const char* path, uint32_t size, uint32_t oflags, uint64_t base,
                        uint64_t inheriting, uint32_t fdflags, uint32_t* opened);
IMPORT(path_readlink)
uint32_t wasi_path_readlink(uint32_t fd, const char* path, uint32_t size, char* buffer, uint32_t buffer_size,
                            uint32_t* used);
IMPORT(path_remove_directory) uint32_t wasi_path_remove_directory(uint32_t fd, const char* path, uint32_t size);
IMPORT(path_rename)
uint32_t wasi_path_rename(uint32_t old_fd, const char* old_path, uint32_t old_size, uint32_t new_fd,
                          const char* new_path, uint32_t new_size);
IMPORT(path_symlink)
uint32_t wasi_path_symlink(const char* target, uint32_t target_size, uint32_t fd, const char* path, uint32_t size);
IMPORT(path_unlink_file) uint32_t wasi_path_unlink_file(uint32_t fd, const char* path, uint32_t size);
IMPORT(poll_oneoff)
uint32_t wasi_poll_oneoff(const struct subscription*, struct event*, uint32_t count, uint32_t* event_count);
IMPORT(proc_raise) uint32_t wasi_proc_raise(uint32_t signal);
IMPORT(sched_yield) uint32_t wasi_sched_yield(void);
IMPORT(random_get) uint32_t wasi_random_get(void* buffer, uint32_t size);
IMPORT(sock_accept) uint32_t wasi_sock_accept(uint32_t fd, uint32_t flags, uint32_t* accepted);
IMPORT(sock_recv)
uint32_t wasi_sock_recv(uint32_t fd, const struct vector*, uint32_t count, uint32_t flags, uint32_t* size,
                        uint16_t* roflags);
IMPORT(sock_send)
uint32_t wasi_sock_send(uint32_t fd, const struct vector*, uint32_t count, uint32_t flags, uint32_t* size);
IMPORT(sock_shutdown) uint32_t wasi_sock_shutdown(uint32_t fd, uint32_t how);
IMPORT(proc_exit) _Noreturn void wasi_proc_exit(uint32_t code);
