// SPDX-License-Identifier: Apache-2.0
// Filling and moving memory of any size by a guest that may be stopped meanwhile: in pieces, between which it is asked
// whether it is to end (interruption.hpp). Then the rest stays undone, and the caller ends the guest.
#pragma once

#include <cstddef>
#include <cstdint>

namespace shallop {

void fill_bytes(std::byte* start, std::byte value, uint64_t count);
// As memmove: the two may overlap.
void move_bytes(std::byte* to, const std::byte* from, uint64_t count);

}  // namespace shallop
