// SPDX-License-Identifier: Apache-2.0
#include "runtime/exception.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "wasm/limits.hpp"

namespace shallop {
namespace {

TEST(ExceptionMemory, HoldsAsMuchAsItsLimit) {
  ExceptionMemory memory;
  const TagInstance tag;
  const std::vector<Slot> values(limits::parameters);
  std::vector<Slot> kept;
  size_t size_bytes = 0;
  while (ExceptionInstance* const exception = memory.add(tag, values)) {
    kept.push_back(to_slot(exception));
    size_bytes += exception->size_bytes();
    ASSERT_LE(size_bytes, limits::exceptions_size_bytes);
  }
  EXPECT_EQ(memory.count(), kept.size());
  EXPECT_GT(size_bytes + to_exception(kept[0])->size_bytes(), limits::exceptions_size_bytes);

  // Full as long as all of them are kept.
  EXPECT_TRUE(memory.is_due());
  memory.collect({kept});
  EXPECT_EQ(memory.add(tag, values), nullptr);
  kept.pop_back();
  memory.collect({kept});
  EXPECT_NE(memory.add(tag, values), nullptr);
}

}  // namespace
}  // namespace shallop
