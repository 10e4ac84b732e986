// SPDX-License-Identifier: Apache-2.0
#include "wasi/errno.hpp"

#include <gtest/gtest.h>

#include <set>

#include "unit/wasi/guest.hpp"

namespace shallop::wasi {
namespace {

TEST(ToErrno, KeepsTheMeaningOfNamesThatBothHave) {
  EXPECT_EQ(to_errno(0), Errno::success);
  EXPECT_EQ(to_errno(EWOULDBLOCK), Errno::again);
  EXPECT_EQ(to_errno(ENOENT), Errno::noent);
  EXPECT_EQ(to_errno(EOPNOTSUPP), Errno::notsup);
  EXPECT_EQ(to_errno(EXDEV), Errno::xdev);
  EXPECT_EQ(to_errno(ECONNREFUSED), Errno::connrefused);
}

TEST(ToErrno, FindsNamesForTheSocketErrorsThatPreview1Lacks) {
  EXPECT_EQ(to_errno(EPFNOSUPPORT), Errno::afnosupport);
  EXPECT_EQ(to_errno(ESHUTDOWN), Errno::pipe);
}

// EINVAL of the host is never taken for another's, and so on: what has a name of its own in preview1 keeps it.
TEST(ToErrno, IsDefinedForEveryNumber) {
  std::set<Errno> seen;
  for (int number = 0; number < 200; ++number) seen.insert(to_errno(number));
  // 76 names of preview1 beside notcapable, which Linux has not.
  EXPECT_EQ(seen.size(), 76u);
  for (const int unknown : {ENOMEDIUM, EUCLEAN, ENONET, EHWPOISON, 4'711, -1}) EXPECT_EQ(to_errno(unknown), Errno::io);
}

}  // namespace
}  // namespace shallop::wasi
