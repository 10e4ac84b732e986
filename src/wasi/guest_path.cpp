// SPDX-License-Identifier: Apache-2.0
#include "wasi/guest_path.hpp"

namespace shallop::wasi {

Errno read_path(Caller caller, GuestBytes text, Size size_bytes, SandboxPath& path) {
  const std::span<const std::byte> bytes = GuestMemory(caller).bytes(text, size_bytes);
  return bytes.data() != nullptr ? path.assign(bytes) : Errno::fault;
}

std::expected<GuestPath, Errno> read_path(Context& context, Caller caller, Fd fd, Rights rights, GuestBytes text,
                                          Size size_bytes, SandboxPath& path) {
  const Descriptor* descriptor = context.descriptors.find(fd);
  if (descriptor == nullptr) return std::unexpected(Errno::badf);
  if (descriptor->filetype != Filetype::directory) return std::unexpected(Errno::notdir);
  if (!has(descriptor->rights_base, rights)) return std::unexpected(Errno::notcapable);
  if (const Errno error = read_path(caller, text, size_bytes, path); error != Errno::success) {
    return std::unexpected(error);
  }
  return GuestPath{.sandbox = Sandbox(descriptor->host.get(), context.path_resolver),
                   .read_only = descriptor->read_only};
}

}  // namespace shallop::wasi
