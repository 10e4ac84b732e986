// SPDX-License-Identifier: Apache-2.0
#include "compare/place.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "compare/engine.hpp"

namespace shallop::compare {
namespace {

const ImageToRun image{
    .archive = "/w/a.tar", .name = "docker.io/s/a:1", .entrypoint = {"/a"}, .arguments = {"--port={port}"}};

std::string words(const Command& command) { return fmt::format("{}", fmt::join(command, " ")); }

TEST(Place, BareHasNoContainer) {
  EXPECT_EQ(place_names().front(), "bare");
  EXPECT_FALSE(container_commands("bare", "", image));
  EXPECT_EQ(engine_program_of("bare"), "");
}

TEST(Place, DockerPublishesThePortOrSharesTheNetwork) {
  const auto published = container_commands("docker", "/usr/bin/docker", image);
  ASSERT_TRUE(published);
  EXPECT_EQ(words(published->load), "/usr/bin/docker load --input /w/a.tar");
  EXPECT_EQ(words(published->serve),
            "/usr/bin/docker run --rm --pull never --name shallop-compare-{port} --publish 127.0.0.1:{port}:{port} "
            "docker.io/s/a:1 --port={port}");
  EXPECT_EQ(words(published->find), "/usr/bin/docker inspect --format {{.State.Pid}} shallop-compare-{port}");
  EXPECT_EQ(words(published->unload), "/usr/bin/docker rmi --force docker.io/s/a:1");
  const auto shared = container_commands("docker-host", "docker", image);
  ASSERT_TRUE(shared);
  EXPECT_EQ(words(shared->serve),
            "docker run --rm --pull never --name shallop-compare-{port} --network host docker.io/s/a:1 --port={port}");
}

TEST(Place, PodmanTakesDockersWords) {
  const auto commands = container_commands("podman-host", "podman", image);
  ASSERT_TRUE(commands);
  EXPECT_EQ(words(commands->serve),
            "podman run --rm --pull never --name shallop-compare-{port} --network host docker.io/s/a:1 --port={port}");
}

// What stands behind the name takes the place of the image's whole command.
TEST(Place, ContainerdIsToldTheEntrypoint) {
  const auto commands = container_commands("containerd-host", "ctr", image);
  ASSERT_TRUE(commands);
  EXPECT_EQ(words(commands->serve), "ctr run --rm --net-host docker.io/s/a:1 shallop-compare-{port} /a --port={port}");
  ASSERT_EQ(commands->remove.size(), 2U);
}

TEST(Place, PortsAreReplacedInWordsAndNames) {
  const auto commands = container_commands("docker", "docker", image);
  ASSERT_TRUE(commands);
  EXPECT_EQ(with_port(commands->container, 8123), "shallop-compare-8123");
  EXPECT_EQ(with_port(commands->serve, 8123).at(8), "127.0.0.1:8123:8123");
}

TEST(Place, ProcessesAreFoundInWhatEnginesPrint) {
  EXPECT_EQ(process_of("4711\n", "x"), 4711);
  EXPECT_EQ(process_of("TASK    PID      STATUS\nother   12    RUNNING\nx       4711    RUNNING\n", "x"), 4711);
  EXPECT_FALSE(process_of("0\n", "x"));  // docker's, of a container that does not run
  EXPECT_FALSE(process_of("TASK    PID      STATUS\nother   12    RUNNING\n", "x"));
  EXPECT_FALSE(process_of("x nonsense RUNNING\n", "x"));
  EXPECT_FALSE(process_of("Error: no such object: x\n", "x"));
  EXPECT_FALSE(process_of("", "x"));
}

TEST(Place, TitlesSayTheNetwork) {
  EXPECT_EQ(place_title("bare"), "on the machine itself");
  EXPECT_EQ(place_title("docker"), "in docker, published port");
  EXPECT_EQ(place_title("containerd-host"), "in containerd, host network");
  EXPECT_EQ(place_title("of another version"), "in of another version");
}

TEST(Place, EnginesOfOthersRunInNoContainer) {
  EXPECT_TRUE(runs_in_containers("native"));
  EXPECT_TRUE(runs_in_containers("shallop-native"));
  EXPECT_FALSE(runs_in_containers("wasmtime"));
}

TEST(Place, AProgramWithLibrariesIsRefusedWithTheWayOut) {
  const std::string file = testing::TempDir() + "/program_image.tar";
  const auto refused = write_program_image({.program = "/bin/sh", .name = "docker.io/s/a:1", .archive = file});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(),
            "/bin/sh cannot run in an image that holds nothing else: it is linked with shared libraries, which an "
            "image of it alone does not have; native_static = [...] names a program that can");
  EXPECT_EQ(write_program_image({.program = "/nonexistent", .name = "a", .archive = file}).error(),
            "/nonexistent: it cannot be read: No such file or directory");
}

}  // namespace
}  // namespace shallop::compare
