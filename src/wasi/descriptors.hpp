// SPDX-License-Identifier: Apache-2.0
// The guest's descriptor table. It remembers what fd_fdstat_get tells (type, flags, rights), so that calls on the hot
// path ask the host for nothing but the operation itself. Numbers are given as POSIX does: the lowest that is free.
// Rights: https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md#rights
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "abi/wasi_preview1.hpp"
#include "base/unique_fd.hpp"
#include "wasi/listener_pool.hpp"
#include "wasi/readiness.hpp"
#include "wasi/readiness_set.hpp"
#include "wasi/response_progress.hpp"

namespace shallop::wasi {

// What a busy connection's calls look at is in one cache line: among many connections it is in no cache when the next
// request comes.
struct alignas(64) Descriptor {
  UniqueFd host;  // none: the number is free
  Filetype filetype = Filetype::unknown;
  Fdflags flags = Fdflags::none;
  bool is_accepted = false;  // a connection that a client opened
  bool was_asked = false;    // something was received since the last send
  bool is_listening = false;
  bool is_retired = false;           // a listener that will take no connection any more (drain.hpp)
  bool end_announced = false;        // the client knows that the connection ends with this response (drain.hpp)
  bool is_in_readiness_set = false;  // of the guest's, or was
  Rights rights_base = Rights::none;
  ReadinessState readiness;
  ResponseProgress response;  // of an accepted connection

  Rights rights_inheriting = Rights::none;
  bool read_only = false;       // beneath a read-only preopen
  bool is_host_shared = false;  // the embedder holds the same open file (standard streams)
  bool is_listener_preopen = false;
  bool flags_unasked = false;  // of a listener that was given: it waits until the guest asks for its flags
  bool is_bound = false;       // to a local address that the network policy allows
  bool is_bound_to_any_port = false;
  std::unique_ptr<const std::string> preopen_name;  // of a preopened directory
  std::unique_ptr<ReadinessSet> readiness_set;      // where `host` is an epoll set of the guest's
  std::unique_ptr<ListenerPool::Share> shared;      // where `host` is a listening socket that workers share

  // What tells by epoll whether the descriptor is ready.
  int readiness_fd() const {
    return shared && shared->connections() != nullptr ? shared->connections()->readable_fd() : host.get();
  }

  bool is_socket() const { return filetype == Filetype::socket_stream || filetype == Filetype::socket_dgram; }
};
static_assert(sizeof(Descriptor) == 2 * alignof(Descriptor));

class Descriptors {
 public:
  // Null when `fd` is not open. Valid until the next add().
  Descriptor* find(Fd fd) { return fd < table_.size() && table_[fd].host ? &table_[fd] : nullptr; }
  // The same with errors for the guest: badf, and notcapable when `rights` exceed the descriptor's.
  std::expected<Descriptor*, Errno> get(Fd fd, Rights rights) {
    Descriptor* descriptor = find(fd);
    if (descriptor == nullptr) return std::unexpected(Errno::badf);
    if (!has(descriptor->rights_base, rights)) return std::unexpected(Errno::notcapable);
    return descriptor;
  }
  // badf, and notsock for anything but a socket.
  std::expected<Descriptor*, Errno> get_socket(Fd fd, Rights rights) {
    Descriptor* descriptor = find(fd);
    if (descriptor == nullptr) return std::unexpected(Errno::badf);
    if (!descriptor->is_socket()) return std::unexpected(Errno::notsock);
    if (!has(descriptor->rights_base, rights)) return std::unexpected(Errno::notcapable);
    return descriptor;
  }

  // Calls `each(Fd, Descriptor&)` for every open descriptor, in ascending order.
  template <class Each>
  void for_each(Each each) {
    for (Fd fd = 0; fd < table_.size(); ++fd) {
      if (table_[fd].host) each(fd, table_[fd]);
    }
  }

  Fd add(Descriptor&& descriptor);
  // Takes an open descriptor out of the table.
  Descriptor remove(Fd fd);
  // Moves `from` to the open number `to`, whose former descriptor is returned.
  Descriptor replace(Fd from, Fd to);

 private:
  std::vector<Descriptor> table_;
  std::vector<uint64_t> used_;  // one bit a number
  size_t first_word_ = 0;       // no number below it is free
};

// The rights that make sense on a descriptor of this type: what a guest gets of what it asks for.
Rights rights_for(Filetype filetype);
// Sockets report WasmEdge's rights, whose bits from 29 on differ from preview1's.
inline constexpr Rights socket_rights = static_cast<Rights>(0xF'F800'004A) | Rights::fd_filestat_get;
inline constexpr Rights accepted_socket_rights = static_cast<Rights>(0xF'1800'004A) | Rights::fd_filestat_get;

}  // namespace shallop::wasi
