// SPDX-License-Identifier: Apache-2.0
#include "wasi/descriptors.hpp"

#include <bit>
#include <cassert>
#include <utility>

namespace shallop::wasi {
namespace {

constexpr size_t bits_in_word = 64;

}  // namespace

Fd Descriptors::add(Descriptor&& descriptor) {
  while (first_word_ < used_.size() && used_[first_word_] == ~uint64_t{0}) ++first_word_;
  if (first_word_ == used_.size()) used_.push_back(0);
  const size_t bit = static_cast<size_t>(std::countr_one(used_[first_word_]));
  const size_t number = first_word_ * bits_in_word + bit;
  if (number >= table_.size()) table_.resize(number + 1);
  table_[number] = std::move(descriptor);
  used_[first_word_] |= uint64_t{1} << bit;
  return static_cast<Fd>(number);
}

Descriptor Descriptors::remove(Fd fd) {
  assert(find(fd) != nullptr);
  const size_t word = fd / bits_in_word;
  used_[word] &= ~(uint64_t{1} << (fd % bits_in_word));
  if (word < first_word_) first_word_ = word;
  return std::exchange(table_[fd], Descriptor{});
}

Descriptor Descriptors::replace(Fd from, Fd to) {
  assert(find(to) != nullptr);
  return std::exchange(table_[to], remove(from));
}

Rights rights_for(Filetype filetype) {
  constexpr Rights any = Rights::fd_read | Rights::fd_write | Rights::fd_filestat_get | Rights::poll_fd_readwrite |
                         Rights::fd_fdstat_set_flags;
  constexpr Rights file = any | Rights::fd_datasync | Rights::fd_seek | Rights::fd_sync | Rights::fd_tell |
                          Rights::fd_advise | Rights::fd_allocate | Rights::fd_filestat_set_size |
                          Rights::fd_filestat_set_times;
  constexpr Rights directory = Rights::fd_fdstat_set_flags | Rights::fd_sync | Rights::fd_datasync |
                               Rights::fd_readdir | Rights::fd_filestat_get | Rights::fd_filestat_set_times |
                               Rights::path_create_directory | Rights::path_create_file | Rights::path_link_source |
                               Rights::path_link_target | Rights::path_open | Rights::path_readlink |
                               Rights::path_rename_source | Rights::path_rename_target | Rights::path_filestat_get |
                               Rights::path_filestat_set_size | Rights::path_filestat_set_times | Rights::path_symlink |
                               Rights::path_remove_directory | Rights::path_unlink_file | Rights::poll_fd_readwrite;
  switch (filetype) {
    case Filetype::regular_file:
    case Filetype::block_device: return file;
    case Filetype::directory: return directory;
    case Filetype::socket_stream:
    case Filetype::socket_dgram: return socket_rights;
    // A libc takes a character device that can neither seek nor tell for a terminal.
    case Filetype::character_device:
    case Filetype::unknown:  // pipes
    case Filetype::symbolic_link: break;
  }
  return any | Rights::fd_sync | Rights::fd_datasync;
}

}  // namespace shallop::wasi
