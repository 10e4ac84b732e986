// SPDX-License-Identifier: Apache-2.0
#include "oci/container_files.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/oci/bundle_on_disk.hpp"

namespace shallop::oci {
namespace {

class ContainerFilesTest : public testing::Test {
 protected:
  void link(const std::string& target, std::string_view at) const {
    ASSERT_EQ(::symlink(target.c_str(), disk.on_host(at).c_str()), 0);
  }
  // What is found there; the error's text if nothing is.
  std::string content(std::string_view path, std::string_view directory = "/") const {
    const auto file = ContainerFiles(disk.bundle()).open(path, directory);
    if (!file) return file.error().message();
    std::string bytes(100, '\0');
    bytes.resize(static_cast<size_t>(std::max<ssize_t>(::read(file->fd.get(), bytes.data(), bytes.size()), 0)));
    return bytes;
  }
  void mount(const std::string& destination, const std::string& source, const char* type = "bind") {
    disk.config["mounts"].push_back({{"destination", destination}, {"type", type}, {"source", source}});
  }

  BundleOnDisk disk;
};

TEST_F(ContainerFilesTest, AreBeneathTheRoot) {
  disk.make_directory("/srv");
  disk.write_file("/srv/a", "inside");
  EXPECT_EQ(content("/srv/a"), "inside");
  EXPECT_EQ(content("a", "/srv"), "inside");
  EXPECT_EQ(content("/../../srv/./a"), "inside");
  EXPECT_EQ(content("/srv/b"), "No such file or directory");
  EXPECT_EQ(content("/srv/a/b"), "Not a directory");
  EXPECT_EQ(content("/srv"), "Is a directory");
}

// A hostile image: nothing of the host may be opened.
TEST_F(ContainerFilesTest, LinksStayInTheContainer) {
  const TemporaryDirectory host;
  host.write("secret", "of the host");
  link(host / "secret", "/absolute");
  link("../../../../../../../.." + (host / "secret"), "/relative");
  link("/proc/self/root" + (host / "secret"), "/magic");
  link("/", "/root");
  for (const char* path : {"/absolute", "/relative", "/magic"}) {
    EXPECT_EQ(content(path), "No such file or directory") << path;
  }
  EXPECT_EQ(content("/root/app.wasm"), empty_module);
  link("loop", "/loop");
  EXPECT_EQ(content("/loop"), "Too many levels of symbolic links");
}

TEST_F(ContainerFilesTest, LinksLeadWhereTheyWillLead) {
  disk.make_directory("/srv");
  link("/srv", "/data");
  link("../app.wasm", "/srv/app");
  EXPECT_EQ(content("/data/app"), empty_module);
}

TEST_F(ContainerFilesTest, OpeningDoesNothingToPipesAndDevices) {
  ASSERT_EQ(::mkfifo(disk.on_host("/pipe").c_str(), 0644), 0);
  EXPECT_EQ(content("/pipe"), "Permission denied");  // and does not wait for a writer
}

TEST_F(ContainerFilesTest, VolumesHideWhatTheRootHas) {
  const TemporaryDirectory volume;
  volume.write("a", "of the volume");
  disk.make_directory("/srv");
  disk.write_file("/srv/a", "of the root");
  mount("/srv/", volume.path());
  EXPECT_EQ(content("/srv/a"), "of the volume");
  mount("/srv", "tmpfs", "tmpfs");
  EXPECT_EQ(content("/srv/a"), "No such file or directory");
  mount("/srv/a", volume / "a");
  EXPECT_EQ(content("/srv/a"), "of the volume");
}

TEST_F(ContainerFilesTest, AVolumesPlaceNeedNotBeThere) {
  const TemporaryDirectory volume;
  volume.write("a", "of the volume");
  mount("/not/yet/there", volume.path());
  EXPECT_EQ(content("/not/yet/there/a"), "of the volume");
  EXPECT_EQ(content("/not/yet/other"), "No such file or directory");
  EXPECT_EQ(content("/not/yet"), "Is a directory");
}

TEST_F(ContainerFilesTest, ASourceCanBeRelativeToTheBundle) {
  disk.directory.write("module", "of the bundle");
  mount("/module", "module");
  EXPECT_EQ(content("/module"), "of the bundle");
}

TEST(NormalPath, HasNoDetours) {
  EXPECT_EQ(normal_path("/a//b/./../c/"), "/a/c");
  EXPECT_EQ(normal_path("../../x"), "/x");
  EXPECT_EQ(normal_path(""), "/");
}

}  // namespace
}  // namespace shallop::oci
