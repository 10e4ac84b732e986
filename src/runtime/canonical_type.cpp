// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <mutex>
#include <unordered_set>

#include "runtime/function.hpp"

namespace shallop {
namespace {

struct TypeHash {
  size_t operator()(const FuncType& type) const {
    size_t hash = type.parameters.size();
    for (ValueType each : type.parameters) hash = hash * 31 + static_cast<size_t>(each);
    for (ValueType each : type.results) hash = hash * 37 + static_cast<size_t>(each);
    return std::hash<size_t>{}(hash);
  }
};

}  // namespace

const FuncType* canonical(const FuncType& type) {
  static std::mutex mutex;
  // Never destroyed: instances that outlive main's statics still hold the addresses.
  static auto& types = *new std::unordered_set<FuncType, TypeHash>();
  const std::lock_guard lock(mutex);
  return &*types.insert(type).first;
}

}  // namespace shallop
