// SPDX-License-Identifier: Apache-2.0
#include "wasm/types.hpp"

namespace shallop {

std::string_view text(ValueType type) {
  switch (type) {
    case ValueType::i32: return "i32";
    case ValueType::i64: return "i64";
    case ValueType::f32: return "f32";
    case ValueType::f64: return "f64";
    case ValueType::v128: return "v128";
    case ValueType::funcref: return "funcref";
    case ValueType::externref: return "externref";
    case ValueType::exnref: return "exnref";
  }
  return "unknown type";
}

std::string text(const FuncType& type) {
  auto list = [](const std::vector<ValueType>& types) {
    std::string joined = "(";
    for (ValueType each : types) {
      if (joined.size() > 1) joined += ", ";
      joined += text(each);
    }
    return joined + ")";
  };
  return list(type.parameters) + " -> " + list(type.results);
}

std::string_view text(ExternKind kind) {
  switch (kind) {
    case ExternKind::function: return "function";
    case ExternKind::table: return "table";
    case ExternKind::memory: return "memory";
    case ExternKind::global: return "global";
    case ExternKind::tag: return "tag";
  }
  return "unknown kind";
}

}  // namespace shallop
