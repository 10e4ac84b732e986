// SPDX-License-Identifier: Apache-2.0
#include "base/file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/unique_fd.hpp"

namespace shallop {
namespace {

class ReadFile : public testing::Test {
 protected:
  ReadFile() {
    std::string pattern = testing::TempDir() + "read_file_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ReadFile() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& contents) const {
    const std::string path = folder_ / "file";
    std::ofstream(path, std::ios::binary) << contents;
    return path;
  }
  static std::string text(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  std::filesystem::path folder_;
};

TEST_F(ReadFile, ReadsAllOfIt) {
  for (const size_t size : {0u, 1u, 65'535u, 65'536u, 65'537u, 1'000'000u}) {
    std::string contents(size, '.');
    for (size_t i = 0; i < size; ++i) contents[i] = static_cast<char>(i * 7);
    const auto bytes = read_file(write(contents), 1'000'000);
    ASSERT_TRUE(bytes) << bytes.error().message();
    EXPECT_EQ(text(*bytes), contents);
  }
}

TEST_F(ReadFile, RefusesWhatIsLargerThanTheLimit) {
  const std::string path = write("12345678");
  EXPECT_EQ(read_file(path, 8)->size(), 8u);
  EXPECT_EQ(read_file(path, 7).error(), std::errc::file_too_large);
}

TEST_F(ReadFile, TellsTheHostsError) {
  EXPECT_EQ(read_file(folder_ / "absent", 1).error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(read_file(folder_, 1).error(), std::errc::is_a_directory);
}

// A size of 0 is what fstat tells of a pipe.
TEST_F(ReadFile, ReadsAPipeToItsEnd) {
  const std::string path = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const std::string contents(200'000, 'x');
  std::thread writer([&] { std::ofstream(path) << contents; });
  const auto bytes = read_file(path, 1'000'000);
  writer.join();
  ASSERT_TRUE(bytes) << bytes.error().message();
  EXPECT_EQ(text(*bytes), contents);
}

// More than a pipe holds, to one that does not block.
TEST(WriteAll, WaitsForRoom) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  ASSERT_EQ(::fcntl(writer.get(), F_SETFL, O_NONBLOCK), 0);
  const std::string contents(1'000'000, 'x');
  std::string read_back;
  std::thread reading([&] {
    char part[4096];
    for (ssize_t size = 0; (size = ::read(reader.get(), part, sizeof part)) > 0;) {
      read_back.append(part, static_cast<size_t>(size));
    }
  });
  EXPECT_FALSE(write_all(writer.get(), contents));
  writer.reset();
  reading.join();
  EXPECT_EQ(read_back, contents);
}

TEST(WriteAll, TellsTheHostsError) {
  EXPECT_EQ(write_all(-1, "x"), std::errc::bad_file_descriptor);
  const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(full);
  EXPECT_EQ(write_all(full.get(), "x"), std::errc::no_space_on_device);
}

}  // namespace
}  // namespace shallop
