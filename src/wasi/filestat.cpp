// SPDX-License-Identifier: Apache-2.0
#include "wasi/filestat.hpp"

namespace shallop::wasi {
namespace {

constexpr Timestamp ns_per_s = 1'000'000'000;

Timestamp to_timestamp(const timespec& time) {
  // Times before 1970 have no form in preview1.
  return time.tv_sec < 0 ? 0 : static_cast<Timestamp>(time.tv_sec) * ns_per_s + static_cast<Timestamp>(time.tv_nsec);
}

timespec to_time(bool given, bool now, Timestamp time) {
  if (given) return {static_cast<time_t>(time / ns_per_s), static_cast<long>(time % ns_per_s)};
  return {0, now ? UTIME_NOW : UTIME_OMIT};
}

}  // namespace

Filetype to_filetype(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFBLK: return Filetype::block_device;
    case S_IFCHR: return Filetype::character_device;
    case S_IFDIR: return Filetype::directory;
    case S_IFREG: return Filetype::regular_file;
    case S_IFLNK: return Filetype::symbolic_link;
    default: return Filetype::unknown;
  }
}

Filestat to_filestat(const struct stat& stat) {
  return {.dev = stat.st_dev,
          .ino = stat.st_ino,
          .filetype = to_filetype(stat.st_mode),
          .nlink = stat.st_nlink,
          .size = static_cast<Filesize>(stat.st_size),
          .atim = to_timestamp(stat.st_atim),
          .mtim = to_timestamp(stat.st_mtim),
          .ctim = to_timestamp(stat.st_ctim)};
}

std::expected<std::array<timespec, 2>, Errno> to_times(Timestamp atim, Timestamp mtim, Unchecked<Fstflags> argument) {
  const auto flags = checked(argument);
  if (!flags || has(*flags, Fstflags::atim | Fstflags::atim_now) || has(*flags, Fstflags::mtim | Fstflags::mtim_now)) {
    return std::unexpected(Errno::inval);
  }
  return std::array{to_time(has(*flags, Fstflags::atim), has(*flags, Fstflags::atim_now), atim),
                    to_time(has(*flags, Fstflags::mtim), has(*flags, Fstflags::mtim_now), mtim)};
}

}  // namespace shallop::wasi
