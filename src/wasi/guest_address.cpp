// SPDX-License-Identifier: Apache-2.0
#include "wasi/guest_address.hpp"

#include <cstring>

namespace shallop::wasi {
namespace {

std::expected<SocketAddress, Errno> read_storage(std::span<const std::byte> buffer, uint16_t port) {
  uint16_t family = 0;
  std::memcpy(&family, buffer.data() + offsetof(AddressStorage, family), sizeof(family));
  const auto bytes = buffer.subspan<offsetof(AddressStorage, bytes)>();
  if (family == bits(AddressFamily::inet4)) return SocketAddress::inet4(bytes.first<inet4_address_bytes>(), port);
  if (family == bits(AddressFamily::inet6)) return SocketAddress::inet6(bytes.first<inet6_address_bytes>(), port);
  return std::unexpected(Errno::afnosupport);
}

}  // namespace

std::expected<std::span<std::byte>, Errno> address_buffer(const GuestMemory& memory, GuestPointer<Address> address) {
  const auto place = memory.at(address);
  if (!place) return std::unexpected(Errno::fault);
  const Address buffer = place.load();
  const std::span<std::byte> bytes = memory.bytes({buffer.buf}, buffer.buf_len);
  if (bytes.data() == nullptr) return std::unexpected(Errno::fault);
  return bytes;
}

std::expected<SocketAddress, Errno> read_address(const GuestMemory& memory, GuestPointer<Address> address,
                                                 uint32_t wide_port) {
  const auto buffer = address_buffer(memory, address);
  if (!buffer) return std::unexpected(buffer.error());
  const auto port = static_cast<uint16_t>(wide_port);
  switch (buffer->size()) {
    case inet4_address_bytes: return SocketAddress::inet4(buffer->first<inet4_address_bytes>(), port);
    case inet6_address_bytes: return SocketAddress::inet6(buffer->first<inet6_address_bytes>(), port);
    case sizeof(AddressStorage): return read_storage(*buffer, port);
    default: return std::unexpected(Errno::inval);
  }
}

Errno write_address_bytes(std::span<std::byte> buffer, const SocketAddress& address) {
  const std::span<const std::byte> bytes = address.bytes();
  if (bytes.size() > buffer.size()) return Errno::nomem;
  if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
  return Errno::success;
}

void write_address_storage(std::span<std::byte, sizeof(AddressStorage)> buffer, const SocketAddress& address) {
  const std::span<const std::byte> bytes = address.bytes();
  AddressFamily family = AddressFamily::unspec;
  if (bytes.size() == inet4_address_bytes) family = AddressFamily::inet4;
  if (bytes.size() == inet6_address_bytes) family = AddressFamily::inet6;
  const uint16_t wide_family = bits(family);
  std::memcpy(buffer.data() + offsetof(AddressStorage, family), &wide_family, sizeof(wide_family));
  if (!bytes.empty()) std::memcpy(buffer.data() + offsetof(AddressStorage, bytes), bytes.data(), bytes.size());
}

}  // namespace shallop::wasi
