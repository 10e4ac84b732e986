// SPDX-License-Identifier: Apache-2.0
// Socket addresses in guest memory: `Address` points at 4 bytes (IPv4), 16 (IPv6) or 128 (family, then the address).
// Both generations of calls take all three forms, whatever their name.
#pragma once

#include <expected>

#include "abi/socket_extension.hpp"
#include "wasi/guest_memory.hpp"
#include "wasi/socket_address.hpp"

namespace shallop::wasi {

// The buffer that `address` points at. `fault`.
std::expected<std::span<std::byte>, Errno> address_buffer(const GuestMemory& memory, GuestPointer<Address> address);

// `port` is in host order; guests pass more than its 16 bits, which count. `fault`, `inval` for another length,
// `afnosupport` for another family.
std::expected<SocketAddress, Errno> read_address(const GuestMemory& memory, GuestPointer<Address> address,
                                                 uint32_t port);

// The bare address at the start of the buffer, as V1 has it. `nomem` where they do not fit.
Errno write_address_bytes(std::span<std::byte> buffer, const SocketAddress& address);
// Family and address, in a buffer of 128 bytes; the rest is left alone. Without a family, family 0.
void write_address_storage(std::span<std::byte, sizeof(AddressStorage)> buffer, const SocketAddress& address);

}  // namespace shallop::wasi
