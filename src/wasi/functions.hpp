// SPDX-License-Identifier: Apache-2.0
// Every host function with its true signature, in groups as the witx has them; functions.def binds them to import
// names. Each returns what the guest sees; none throws. Meaning:
// https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md
#pragma once

#include <cstddef>
#include <cstdint>

#include "abi/socket_extension.hpp"
#include "abi/wasi_preview1.hpp"
#include "runtime/host_function.hpp"
#include "wasi/context.hpp"
#include "wasi/guest_memory.hpp"

namespace shallop::wasi {

using GuestBytes = GuestPointer<std::byte>;

// args.cpp, environ.cpp
Errno args_get(Context&, Caller, GuestPointer<Pointer> argv, GuestBytes strings) noexcept;
Errno args_sizes_get(Context&, Caller, GuestPointer<Size> count, GuestPointer<Size> size_bytes) noexcept;
Errno environ_get(Context&, Caller, GuestPointer<Pointer> environ, GuestBytes strings) noexcept;
Errno environ_sizes_get(Context&, Caller, GuestPointer<Size> count, GuestPointer<Size> size_bytes) noexcept;

// clock.cpp
Errno clock_res_get(Context&, Caller, Clockid, GuestPointer<Timestamp> resolution) noexcept;
Errno clock_time_get(Context&, Caller, Clockid, Timestamp precision, GuestPointer<Timestamp> time) noexcept;

// fd.cpp: the table, status, preopens
Errno fd_close(Context&, Caller, Fd) noexcept;
Errno fd_fdstat_get(Context&, Caller, Fd, GuestPointer<Fdstat>) noexcept;
Errno fd_fdstat_set_flags(Context&, Caller, Fd, Unchecked<Fdflags>) noexcept;
Errno fd_fdstat_set_rights(Context&, Caller, Fd, Rights base, Rights inheriting) noexcept;
Errno fd_prestat_get(Context&, Caller, Fd, GuestPointer<Prestat>) noexcept;
Errno fd_prestat_dir_name(Context&, Caller, Fd, GuestBytes name, Size size_bytes) noexcept;
Errno fd_renumber(Context&, Caller, Fd from, Fd to) noexcept;

// fd_io.cpp: moving bytes
Errno fd_pread(Context&, Caller, Fd, GuestPointer<Iovec>, Size count, Filesize offset, GuestPointer<Size>) noexcept;
Errno fd_pwrite(Context&, Caller, Fd, GuestPointer<Ciovec>, Size count, Filesize offset, GuestPointer<Size>) noexcept;
Errno fd_read(Context&, Caller, Fd, GuestPointer<Iovec>, Size count, GuestPointer<Size> read) noexcept;
Errno fd_write(Context&, Caller, Fd, GuestPointer<Ciovec>, Size count, GuestPointer<Size> written) noexcept;

// fd_file.cpp: files as such
Errno fd_advise(Context&, Caller, Fd, Filesize offset, Filesize size, Unchecked<Advice>) noexcept;
Errno fd_allocate(Context&, Caller, Fd, Filesize offset, Filesize size) noexcept;
Errno fd_datasync(Context&, Caller, Fd) noexcept;
Errno fd_filestat_get(Context&, Caller, Fd, GuestPointer<Filestat>) noexcept;
Errno fd_filestat_set_size(Context&, Caller, Fd, Filesize) noexcept;
Errno fd_filestat_set_times(Context&, Caller, Fd, Timestamp atim, Timestamp mtim, Unchecked<Fstflags>) noexcept;
Errno fd_seek(Context&, Caller, Fd, Filedelta, Unchecked<Whence>, GuestPointer<Filesize> offset) noexcept;
Errno fd_sync(Context&, Caller, Fd) noexcept;
Errno fd_tell(Context&, Caller, Fd, GuestPointer<Filesize> offset) noexcept;

// fd_readdir.cpp
Errno fd_readdir(Context&, Caller, Fd, GuestBytes buffer, Size size_bytes, Dircookie, GuestPointer<Size> used) noexcept;

// path.cpp, path_open.cpp
Errno path_create_directory(Context&, Caller, Fd, GuestBytes path, Size path_size) noexcept;
Errno path_filestat_get(Context&, Caller, Fd, Unchecked<Lookupflags>, GuestBytes path, Size path_size,
                        GuestPointer<Filestat>) noexcept;
Errno path_filestat_set_times(Context&, Caller, Fd, Unchecked<Lookupflags>, GuestBytes path, Size path_size,
                              Timestamp atim, Timestamp mtim, Unchecked<Fstflags>) noexcept;
Errno path_link(Context&, Caller, Fd old_fd, Unchecked<Lookupflags>, GuestBytes old_path, Size old_path_size, Fd new_fd,
                GuestBytes new_path, Size new_path_size) noexcept;
Errno path_open(Context&, Caller, Fd, Unchecked<Lookupflags>, GuestBytes path, Size path_size, Unchecked<Oflags>,
                Rights base, Rights inheriting, Unchecked<Fdflags>, GuestPointer<Fd> opened) noexcept;
Errno path_readlink(Context&, Caller, Fd, GuestBytes path, Size path_size, GuestBytes buffer, Size size_bytes,
                    GuestPointer<Size> used) noexcept;
Errno path_remove_directory(Context&, Caller, Fd, GuestBytes path, Size path_size) noexcept;
Errno path_rename(Context&, Caller, Fd old_fd, GuestBytes old_path, Size old_path_size, Fd new_fd, GuestBytes new_path,
                  Size new_path_size) noexcept;
Errno path_symlink(Context&, Caller, GuestBytes target, Size target_size, Fd, GuestBytes path, Size path_size) noexcept;
Errno path_unlink_file(Context&, Caller, Fd, GuestBytes path, Size path_size) noexcept;

// poll.cpp
Errno poll_oneoff(Context&, Caller, GuestPointer<Subscription>, GuestPointer<Event>, Size count,
                  GuestPointer<Size> event_count) noexcept;

// proc.cpp, sched.cpp, random.cpp
Completion proc_exit(Context&, Caller, Exitcode) noexcept;
HostResult<Errno> proc_raise(Context&, Caller, Unchecked<Signal>) noexcept;
Errno sched_yield(Context&, Caller) noexcept;
Errno random_get(Context&, Caller, GuestBytes buffer, Size size_bytes) noexcept;

// sock.cpp, socket_io.cpp: preview1's own, and their V1 form
Errno sock_accept(Context&, Caller, Fd, Unchecked<Fdflags>, GuestPointer<Fd> accepted) noexcept;
Errno sock_accept_v1(Context&, Caller, Fd, GuestPointer<Fd> accepted) noexcept;
Errno sock_recv(Context&, Caller, Fd, GuestPointer<Iovec>, Size count, Unchecked<Riflags>, GuestPointer<Size> received,
                GuestPointer<Roflags>) noexcept;
Errno sock_send(Context&, Caller, Fd, GuestPointer<Ciovec>, Size count, Unchecked<Siflags>,
                GuestPointer<Size> sent) noexcept;
Errno sock_shutdown(Context&, Caller, Fd, Unchecked<Sdflags>) noexcept;

// sock_extension.cpp
Errno sock_open(Context&, Caller, Unchecked<AddressFamily>, Unchecked<SocketType>, GuestPointer<Fd> opened) noexcept;
Errno sock_bind(Context&, Caller, Fd, GuestPointer<Address>, uint32_t port) noexcept;
Errno sock_connect(Context&, Caller, Fd, GuestPointer<Address>, uint32_t port) noexcept;
Errno sock_listen(Context&, Caller, Fd, int32_t backlog) noexcept;
Errno sock_recv_from_v1(Context&, Caller, Fd, GuestPointer<Iovec>, Size count, GuestPointer<Address>,
                        Unchecked<Riflags>, GuestPointer<Size> received, GuestPointer<Roflags>) noexcept;
Errno sock_recv_from_v2(Context&, Caller, Fd, GuestPointer<Iovec>, Size count, GuestPointer<Address>,
                        Unchecked<Riflags>, GuestPointer<uint16_t> port, GuestPointer<Size> received,
                        GuestPointer<Roflags>) noexcept;
Errno sock_send_to(Context&, Caller, Fd, GuestPointer<Ciovec>, Size count, GuestPointer<Address>, uint32_t port,
                   Unchecked<Siflags>, GuestPointer<Size> sent) noexcept;
Errno sock_getlocaladdr_v1(Context&, Caller, Fd, GuestPointer<Address>, GuestPointer<AddressKind>,
                           GuestPointer<uint32_t> port) noexcept;
Errno sock_getlocaladdr_v2(Context&, Caller, Fd, GuestPointer<Address>, GuestPointer<uint32_t> port) noexcept;
Errno sock_getpeeraddr_v1(Context&, Caller, Fd, GuestPointer<Address>, GuestPointer<AddressKind>,
                          GuestPointer<uint32_t> port) noexcept;
Errno sock_getpeeraddr_v2(Context&, Caller, Fd, GuestPointer<Address>, GuestPointer<uint32_t> port) noexcept;

// sock_options.cpp, sock_getaddrinfo.cpp
Errno sock_getsockopt(Context&, Caller, Fd, SocketOptionLevel, SocketOption, GuestBytes value,
                      GuestPointer<Size> size_bytes) noexcept;
Errno sock_setsockopt(Context&, Caller, Fd, SocketOptionLevel, SocketOption, GuestBytes value,
                      Size size_bytes) noexcept;
Errno sock_getaddrinfo(Context&, Caller, GuestBytes node, Size node_size, GuestBytes service, Size service_size,
                       GuestPointer<Addrinfo> hints, GuestPointer<Pointer> results, Size capacity,
                       GuestPointer<Size> count) noexcept;

}  // namespace shallop::wasi
