// SPDX-License-Identifier: Apache-2.0
#include "oci/injection.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "unit/oci/bundle_on_disk.hpp"

namespace shallop::oci {
namespace {

using Words = std::vector<std::string>;

class InjectionTest : public testing::Test {
 protected:
  Json injected(const Settings& settings = {},
                const Injection& injection = {.runner = "/usr/libexec/shallop/shallop-run",
                                              .native_store = "/var/cache/x"}) const {
    return inject(disk.bundle(), program(), settings, injection);
  }
  GuestProgram program() const {
    const Words arguments = texts_of(disk.config["process"]["args"]);
    return {.argument = arguments.size() - 2,
            .path = "/app.wasm",
            .place = place,
            .function = function,
            .file = UniqueFd(::open(disk.on_host("/app.wasm").c_str(), O_RDONLY | O_CLOEXEC))};
  }
  Words arguments(const Json& config) const { return texts_of(config["process"]["args"]); }

  void mount(const char* destination, const char* type, const char* source, const Words& options) {
    disk.config["mounts"].push_back(
        {{"destination", destination}, {"type", type}, {"source", source}, {"options", options}});
  }
  static Words destinations(const Json& config) {
    Words destinations;
    for (const Json& each : config["mounts"]) destinations.push_back(each["destination"]);
    return destinations;
  }

  BundleOnDisk disk;
  std::string place = "/app.wasm";
  std::string function;
};

TEST_F(InjectionTest, PutsTheRunnerBeforeTheModule) {
  const Json config = injected();
  EXPECT_EQ(arguments(config), (Words{"/dev/.shallop/shallop", "--net", "--env=*", "--confine", "--dir=/:/",
                                      "--native-store=/dev/.shallop/native", "--", "/app.wasm", "8080"}));
  const Json& mount = config["mounts"][4];
  EXPECT_EQ(mount["destination"], "/dev/.shallop/shallop");
  EXPECT_EQ(mount["source"], "/usr/libexec/shallop/shallop-run");
  EXPECT_EQ(texts_of(mount["options"]), (Words{"bind", "ro", "nosuid", "nodev", "rprivate"}));
}

// Neither the module nor what runs it can be exchanged by a guest that may write to "/".
TEST_F(InjectionTest, MountsTheModuleOverItselfAndADirectoryOfItsOwn) {
  const Json config = injected();
  const Json& module = config["mounts"][2];
  EXPECT_EQ(module["destination"], "/app.wasm");
  EXPECT_EQ(module["source"], disk.on_host("/app.wasm"));
  EXPECT_EQ(texts_of(module["options"]), (Words{"bind", "ro", "nosuid", "nodev", "rprivate", "noexec"}));
  const Json& directory = config["mounts"][3];
  EXPECT_EQ(directory["destination"], "/dev/.shallop");
  EXPECT_EQ(directory["type"], "tmpfs");
}

// Another container may put a link in the place of a module in a volume while the runtime mounts: by its name on the
// host, a file or directory of the host would be mounted.
TEST_F(InjectionTest, MountsNothingByTheNameOfAModuleInAVolume) {
  mount("/vol", "bind", "/srv/shared", {"rbind"});
  mount("/vol/inner", "tmpfs", "tmpfs", {});
  place = "/vol/app.wasm";
  const Json config = injected({}, {.runner = "/r", .native_store = "/var/cache/x", .allow_native = true});
  const Words mounted = destinations(config);
  EXPECT_EQ(std::ranges::find(mounted, place), mounted.end());
  // Nor is native code in it the image's.
  const Words words = arguments(config);
  EXPECT_EQ(std::ranges::find(words, "--allow-native"), words.end());
  place = "/volume.wasm";  // is in none
  EXPECT_EQ(destinations(injected())[4], place);
}

TEST_F(InjectionTest, MountsAModuleThatIsAMountAsItWasMounted) {
  mount("/vol/app.wasm", "bind", "/srv/shared/app.wasm", {"rbind"});
  place = "/vol/app.wasm";
  const Json module = injected()["mounts"][3];
  EXPECT_EQ(module["destination"], "/vol/app.wasm");
  EXPECT_EQ(module["source"], "/srv/shared/app.wasm");
  EXPECT_EQ(texts_of(module["options"])[1], "ro");
}

// What the guest writes there would run natively at the next start.
TEST_F(InjectionTest, GivesNothingForWritingWhereAProgramCouldBeExchanged) {
  EXPECT_FALSE(reason_to_write_nothing(disk.bundle(), program()));
  disk.config["process"]["args"] = {"/app.wasm#run", "8080"};
  EXPECT_FALSE(reason_to_write_nothing(disk.bundle(), program()));
  disk.config["process"]["args"] = {"/service", "8080"};
  EXPECT_TRUE(reason_to_write_nothing(disk.bundle(), program()));
  disk.config["process"]["cwd"] = "/srv";
  const Words words = arguments(injected());
  EXPECT_NE(std::ranges::find(words, "--dir=/:/:ro"), words.end());
  EXPECT_NE(std::ranges::find(words, "--dir=/srv:.:ro"), words.end());
  disk.config["process"]["args"] = {"/sbin/tini", "--", "/app.wasm", "8080"};
  EXPECT_TRUE(reason_to_write_nothing(disk.bundle(), program()));
  disk.config["mounts"].push_back(
      {{"destination", "/sbin/tini"}, {"type", "bind"}, {"source", "/usr/bin/docker-init"}, {"options", {"ro"}}});
  EXPECT_FALSE(reason_to_write_nothing(disk.bundle(), program())) << "the engine's own";
}

TEST_F(InjectionTest, LeavesAllElseAsItWas) {
  Json config = injected();
  config["process"]["args"] = disk.config["process"]["args"];
  for (int added = 0; added < 4; ++added) config["mounts"].erase(config["mounts"].size() - 1);
  config.erase("annotations");
  EXPECT_EQ(config.dump(), disk.config.dump());
}

TEST_F(InjectionTest, StaysBehindAnInit) {
  disk.config["process"]["args"] = {"/sbin/docker-init", "--", "/app.wasm", "8080"};
  const Words words = arguments(injected());
  EXPECT_EQ(words[1], "--");
  EXPECT_EQ(words[2], "/dev/.shallop/shallop");
}

TEST_F(InjectionTest, GivesTheWorkingDirectoryBeforeTheRoot) {
  disk.config["process"]["cwd"] = "/srv";
  const Words words = arguments(injected());
  const auto directory = std::ranges::find(words, "--dir=/srv:.");
  ASSERT_NE(directory, words.end());
  EXPECT_EQ(directory[1], "--dir=/:/");
}

TEST_F(InjectionTest, GivesVolumesAloneWhereThatIsAsked) {
  mount("/data", "bind", "/s", {"rbind", "ro"});
  mount("/tmp", "tmpfs", "/s", {});
  mount("/etc/hosts", "bind", "/s", {"rbind"});
  mount("/dev/shm", "tmpfs", "/s", {});
  mount("/sys/fs/cgroup", "cgroup", "/s", {});
  const Words words = arguments(injected({.only_mounts = true}));
  EXPECT_EQ(words, (Words{"/dev/.shallop/shallop", "--net", "--env=*", "--confine", "--dir=/data:/data:ro",
                          "--dir=/tmp:/tmp", "--native-store=/dev/.shallop/native", "--", "/app.wasm", "8080"}));
}

TEST_F(InjectionTest, MountsTheStoreForReading) {
  const Json config = injected({.runner_options = {"--workers=2"}}, {.runner = "/r", .native_store = "/var/cache/x"});
  const Json& mount = config["mounts"].back();
  EXPECT_EQ(mount["source"], "/var/cache/x");
  EXPECT_EQ(mount["destination"], "/dev/.shallop/native");
  EXPECT_EQ(texts_of(mount["options"])[1], "ro");
  const Words words = arguments(config);
  EXPECT_NE(std::ranges::find(words, "--native-store=/dev/.shallop/native"), words.end());
  EXPECT_NE(std::ranges::find(words, "--workers=2"), words.end());
  EXPECT_EQ(std::ranges::find(words, "--allow-native"), words.end());
}

TEST_F(InjectionTest, InterpretsWhereThereIsNoStore) {
  const Words words = arguments(injected({}, {.runner = "/r", .native_store = {}}));
  EXPECT_NE(std::ranges::find(words, "--engine=interpreter"), words.end());
}

TEST_F(InjectionTest, KeepsOutOfTheHostsDev) {
  disk.config["mounts"].push_back(
      {{"destination", "/dev"}, {"type", "bind"}, {"source", "/dev"}, {"options", {"rbind"}}});
  EXPECT_EQ(injected()["mounts"][5]["destination"], "/.shallop/shallop");
}

TEST_F(InjectionTest, TakesItsVariablesFromTheGuest) {
  disk.config["process"]["env"] = {"A=1", "SHALLOP_MODE=aot", "SHALLOP_ALLOW_NATIVE=1", "B"};
  EXPECT_EQ(texts_of(injected()["process"]["env"]), (Words{"A=1", "B"}));
}

TEST_F(InjectionTest, CallsAFunction) {
  function = "add";
  const Words words = arguments(injected());
  EXPECT_NE(std::ranges::find(words, "--invoke=add"), words.end());
}

TEST_F(InjectionTest, IsRecognised) {
  const auto invocation = invocation_of(injected({.runner_options = {"--stats=:9"}})["annotations"]);
  ASSERT_TRUE(invocation);
  EXPECT_EQ(invocation->runner, "/dev/.shallop/shallop");
  EXPECT_EQ(invocation->options,
            (Words{"--net", "--env=*", "--confine", "--dir=/:/", "--native-store=/dev/.shallop/native"}));
  EXPECT_FALSE(invocation_of(Json::object()));
  EXPECT_FALSE(invocation_of({{"dev.shallop.runner", "/x"}, {"dev.shallop.options", "["}}));
}

TEST_F(InjectionTest, ReplacesTheFileAsAWhole) {
  disk.write_config();
  ::chmod((disk.directory / "config.json").c_str(), 0640);
  const Json config = injected();
  ASSERT_TRUE(disk.bundle().replace_config(config));
  EXPECT_EQ(disk.directory.read("config.json"), config.dump());
  struct stat status{};
  ASSERT_EQ(::stat((disk.directory / "config.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
  EXPECT_FALSE(Bundle("/nosuch", disk.config).replace_config(config));
}

}  // namespace
}  // namespace shallop::oci
