// SPDX-License-Identifier: Apache-2.0
#include "binary/constant_expression.hpp"

#include "binary/default_visitor.hpp"
#include "binary/instructions.hpp"

namespace shallop {
namespace {

struct SkippingVisitor : DefaultVisitor<SkippingVisitor> {
  void other() {}
};

}  // namespace

Expression read_constant_expression(Reader& reader) {
  const std::byte* first = reader.position();
  const size_t offset = reader.offset();
  SkippingVisitor visitor;
  visit_expression(reader, visitor);
  return {.bytes = Bytes(first, reader.position()), .offset = offset};
}

}  // namespace shallop
