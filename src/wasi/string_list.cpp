// SPDX-License-Identifier: Apache-2.0
#include "wasi/string_list.hpp"

#include <fmt/format.h>

#include <cstring>

#include "wasm/error.hpp"

namespace shallop::wasi {

StringList::StringList(std::span<const std::string> strings) {
  for (const std::string& string : strings) {
    if (string.find('\0') != std::string::npos) {
      throw ResourceError(fmt::format("a guest cannot be given the string \"{}\": it has a NUL in it",
                                      string.substr(0, string.find('\0'))));
    }
    offsets_.push_back(static_cast<Size>(bytes_.size()));
    const auto bytes = std::as_bytes(std::span(string.c_str(), string.size() + 1));
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
}

Errno StringList::write_sizes(Caller caller, GuestPointer<Size> count, GuestPointer<Size> size_bytes) const {
  const GuestMemory memory(caller);
  const auto count_place = memory.at(count);
  const auto size_place = memory.at(size_bytes);
  if (!count_place || !size_place) return Errno::fault;
  count_place.store(static_cast<Size>(offsets_.size()));
  size_place.store(static_cast<Size>(bytes_.size()));
  return Errno::success;
}

Errno StringList::write(Caller caller, GuestPointer<Pointer> pointers, GuestPointer<std::byte> strings) const {
  const GuestMemory memory(caller);
  const auto pointer_places = memory.array(pointers, static_cast<Size>(offsets_.size()));
  std::byte* bytes = memory.range(strings.address, bytes_.size());
  if (!pointer_places || bytes == nullptr) return Errno::fault;
  for (Size i = 0; i < pointer_places.count(); ++i) pointer_places[i].store(strings.address + offsets_[i]);
  if (!bytes_.empty()) std::memcpy(bytes, bytes_.data(), bytes_.size());
  return Errno::success;
}

}  // namespace shallop::wasi
