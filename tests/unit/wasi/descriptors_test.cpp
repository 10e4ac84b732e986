// SPDX-License-Identifier: Apache-2.0
#include "wasi/descriptors.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <set>

#include "unit/wasi/guest.hpp"

namespace shallop::wasi {
namespace {

Descriptor null_file(Rights rights = Rights::none) {
  Descriptor descriptor;
  descriptor.host = UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC));
  descriptor.rights_base = rights;
  return descriptor;
}

bool is_open(int host) { return ::fcntl(host, F_GETFD) != -1; }

TEST(Descriptors, GiveTheLowestFreeNumber) {
  Descriptors table;
  for (Fd expected = 0; expected < 200; ++expected) EXPECT_EQ(table.add(null_file()), expected);
  for (const Fd fd : {150u, 70u, 3u, 64u}) table.remove(fd);
  for (const Fd expected : {3u, 64u, 70u, 150u, 200u}) EXPECT_EQ(table.add(null_file()), expected);
}

TEST(Descriptors, RemoveClosesTheHostsDescriptor) {
  Descriptors table;
  const Fd fd = table.add(null_file());
  const int host = table.find(fd)->host.get();
  EXPECT_TRUE(is_open(host));
  table.remove(fd);
  EXPECT_FALSE(is_open(host));
  EXPECT_EQ(table.find(fd), nullptr);
}

TEST(Descriptors, ReplaceMovesAndFreesTheOldNumber) {
  Descriptors table;
  const Fd from = table.add(null_file());
  const Fd to = table.add(null_file());
  const int moved = table.find(from)->host.get();
  const int replaced = table.find(to)->host.get();
  table.replace(from, to);
  EXPECT_EQ(table.find(to)->host.get(), moved);
  EXPECT_EQ(table.find(from), nullptr);
  EXPECT_FALSE(is_open(replaced));
  EXPECT_EQ(table.add(null_file()), from);
}

TEST(Descriptors, AnswerForNumbersAndRightsThatAreMissing) {
  Descriptors table;
  const Fd fd = table.add(null_file(Rights::fd_read));
  EXPECT_TRUE(table.get(fd, Rights::fd_read));
  EXPECT_EQ(table.get(fd, Rights::fd_read | Rights::fd_write).error(), Errno::notcapable);
  EXPECT_EQ(table.get(fd + 1, Rights::none).error(), Errno::badf);
  EXPECT_EQ(table.get(0xFFFF'FFFF, Rights::none).error(), Errno::badf);
  EXPECT_EQ(table.get_socket(fd, Rights::fd_read).error(), Errno::notsock);
}

TEST(Rights, TellTerminalsFromFiles) {
  constexpr Rights position = Rights::fd_seek | Rights::fd_tell;
  EXPECT_EQ(rights_for(Filetype::character_device) & position, Rights::none);
  EXPECT_EQ(rights_for(Filetype::regular_file) & position, position);
  // A libc reads O_RDWR out of these two.
  EXPECT_TRUE(has(socket_rights, Rights::fd_read | Rights::fd_write));
}

}  // namespace
}  // namespace shallop::wasi
