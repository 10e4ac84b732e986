// SPDX-License-Identifier: Apache-2.0
// fd_readdir. Cookies are the host's own directory positions, so nothing is kept between calls and a guest may continue
// from any entry it was told. https://man7.org/linux/man-pages/man2/getdents.2.html
#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "wasi/errno.hpp"
#include "wasi/functions.hpp"

namespace shallop::wasi {
namespace {

Filetype to_filetype(unsigned char type) {
  switch (type) {
    case DT_BLK: return Filetype::block_device;
    case DT_CHR: return Filetype::character_device;
    case DT_DIR: return Filetype::directory;
    case DT_REG: return Filetype::regular_file;
    case DT_LNK: return Filetype::symbolic_link;
    default: return Filetype::unknown;
  }
}

// What is left of the guest's buffer. An entry that does not fit is cut: the guest asks again with a larger one.
class DirentBuffer {
 public:
  explicit DirentBuffer(std::span<std::byte> bytes) : bytes_(bytes) {}
  bool is_full() const { return used_ == bytes_.size(); }
  Size used() const { return static_cast<Size>(used_); }

  void add(const dirent64& entry) {
    const std::string_view name = entry.d_name;
    append(encode(Dirent{.next = static_cast<Dircookie>(entry.d_off),
                         .ino = entry.d_ino,
                         .namlen = static_cast<Size>(name.size()),
                         .type = to_filetype(entry.d_type)}));
    append(std::as_bytes(std::span(name)));
  }

 private:
  void append(std::span<const std::byte> part) {
    const size_t size = std::min(part.size(), bytes_.size() - used_);
    std::memcpy(bytes_.data() + used_, part.data(), size);
    used_ += size;
  }

  std::span<std::byte> bytes_;
  size_t used_ = 0;
};

}  // namespace

Errno fd_readdir(Context& context, Caller caller, Fd fd, GuestBytes buffer, Size size_bytes, Dircookie cookie,
                 GuestPointer<Size> used) noexcept {
  const auto descriptor = context.descriptors.get(fd, Rights::fd_readdir);
  if (!descriptor) return descriptor.error();
  const GuestMemory memory(caller);
  const auto used_place = memory.at(used);
  const std::span<std::byte> bytes = memory.bytes(buffer, size_bytes);
  if (!used_place || bytes.data() == nullptr) return Errno::fault;

  const int host = (*descriptor)->host.get();
  if (::lseek(host, static_cast<off_t>(cookie), SEEK_SET) < 0) return last_errno();
  DirentBuffer entries(bytes);
  while (!entries.is_full()) {
    alignas(dirent64) std::array<char, 16'384> chunk;
    const ssize_t size = ::getdents64(host, chunk.data(), chunk.size());
    if (size < 0) return last_errno();
    if (size == 0) break;
    for (size_t at = 0; at < static_cast<size_t>(size) && !entries.is_full();) {
      const auto* entry = reinterpret_cast<const dirent64*>(chunk.data() + at);
      entries.add(*entry);
      at += entry->d_reclen;
    }
  }
  used_place.store(entries.used());
  return Errno::success;
}

}  // namespace shallop::wasi
