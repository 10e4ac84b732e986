// SPDX-License-Identifier: Apache-2.0
// The bytes of preview1's structs that have padding, with the padding zero: copying such a struct as it lies would hand
// leftovers of the host's stack to the guest.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>

#include "abi/socket_extension.hpp"
#include "abi/wasi_preview1.hpp"

namespace shallop::wasi {

template <size_t size>
class Encoder {
 public:
  template <class Member>
  Encoder& put(size_t offset, Member value) {
    std::memcpy(bytes_.data() + offset, &value, sizeof(Member));
    return *this;
  }
  const std::array<std::byte, size>& bytes() const { return bytes_; }

 private:
  std::array<std::byte, size> bytes_{};
};

inline std::array<std::byte, sizeof(Fdstat)> encode(const Fdstat& stat) {
  return Encoder<sizeof(Fdstat)>()
      .put(offsetof(Fdstat, filetype), stat.filetype)
      .put(offsetof(Fdstat, flags), stat.flags)
      .put(offsetof(Fdstat, rights_base), stat.rights_base)
      .put(offsetof(Fdstat, rights_inheriting), stat.rights_inheriting)
      .bytes();
}

inline std::array<std::byte, sizeof(Filestat)> encode(const Filestat& stat) {
  return Encoder<sizeof(Filestat)>()
      .put(offsetof(Filestat, dev), stat.dev)
      .put(offsetof(Filestat, ino), stat.ino)
      .put(offsetof(Filestat, filetype), stat.filetype)
      .put(offsetof(Filestat, nlink), stat.nlink)
      .put(offsetof(Filestat, size), stat.size)
      .put(offsetof(Filestat, atim), stat.atim)
      .put(offsetof(Filestat, mtim), stat.mtim)
      .put(offsetof(Filestat, ctim), stat.ctim)
      .bytes();
}

inline std::array<std::byte, sizeof(Prestat)> encode(const Prestat& prestat) {
  return Encoder<sizeof(Prestat)>()
      .put(offsetof(Prestat, tag), prestat.tag)
      .put(offsetof(Prestat, pr_name_len), prestat.pr_name_len)
      .bytes();
}

inline std::array<std::byte, sizeof(Dirent)> encode(const Dirent& entry) {
  return Encoder<sizeof(Dirent)>()
      .put(offsetof(Dirent, next), entry.next)
      .put(offsetof(Dirent, ino), entry.ino)
      .put(offsetof(Dirent, namlen), entry.namlen)
      .put(offsetof(Dirent, type), entry.type)
      .bytes();
}

inline std::array<std::byte, sizeof(Event)> encode(const Event& event) {
  return Encoder<sizeof(Event)>()
      .put(offsetof(Event, userdata), event.userdata)
      .put(offsetof(Event, error), event.error)
      .put(offsetof(Event, type), event.type)
      .put(offsetof(Event, fd_readwrite) + offsetof(EventFdReadwrite, nbytes), event.fd_readwrite.nbytes)
      .put(offsetof(Event, fd_readwrite) + offsetof(EventFdReadwrite, flags), event.fd_readwrite.flags)
      .bytes();
}

inline std::array<std::byte, sizeof(Addrinfo)> encode(const Addrinfo& info) {
  return Encoder<sizeof(Addrinfo)>()
      .put(offsetof(Addrinfo, flags), info.flags)
      .put(offsetof(Addrinfo, family), info.family)
      .put(offsetof(Addrinfo, socktype), info.socktype)
      .put(offsetof(Addrinfo, protocol), info.protocol)
      .put(offsetof(Addrinfo, addrlen), info.addrlen)
      .put(offsetof(Addrinfo, addr), info.addr)
      .put(offsetof(Addrinfo, canonname), info.canonname)
      .put(offsetof(Addrinfo, canonname_len), info.canonname_len)
      .put(offsetof(Addrinfo, next), info.next)
      .bytes();
}

inline std::array<std::byte, sizeof(Sockaddr)> encode(const Sockaddr& address) {
  return Encoder<sizeof(Sockaddr)>()
      .put(offsetof(Sockaddr, family), address.family)
      .put(offsetof(Sockaddr, data_len), address.data_len)
      .put(offsetof(Sockaddr, data), address.data)
      .bytes();
}

}  // namespace shallop::wasi
