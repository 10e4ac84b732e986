// SPDX-License-Identifier: Apache-2.0
// The program shallop-oci with a script in place of the real runtime, which tells what it was called with.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "unit/oci/bundle_on_disk.hpp"

namespace shallop::oci {
namespace {

class ShallopOciTest : public testing::Test {
 protected:
  void SetUp() override {
    disk.directory.write("runtime",
                         "#!/bin/sh\nprintf '%s|' \"$@\" >\"$RECORD\"\ncat /proc/self/cmdline >/dev/null\nexit 7\n");
    ::chmod((disk.directory / "runtime").c_str(), 0755);
    disk.directory.write("shallop-run", "");
    configure(R"({"runtimes": ["/nosuch/runc", "RUNTIME"], "runner": "RUNNER", "native_store": ""})");
    ::setenv("RECORD", (disk.directory / "record").c_str(), 1);
    ::setenv("SHALLOP_OCI_CONFIG", (disk.directory / "oci.json").c_str(), 1);
    ::unsetenv("SHALLOP_OCI_RUNTIME");
    disk.write_config();
  }
  void configure(std::string text) {
    const auto replace = [&](std::string_view word, const std::string& by) {
      for (size_t at = 0; (at = text.find(word)) != text.npos;) text.replace(at, word.size(), by);
    };
    replace("RUNTIME", disk.directory / "runtime");
    replace("RUNNER", disk.directory / "shallop-run");
    replace("STORE", disk.directory / "store");
    disk.directory.write("oci.json", text);
  }
  int run(const std::string& arguments) const {
    const std::string command = std::string(SHALLOP_OCI) + " " + arguments + " 2>'" + (disk.directory / "errors") + "'";
    return WEXITSTATUS(std::system(command.c_str()));
  }
  std::string create() const {
    return "--log " + (disk.directory / "log") + " --log-format json create --bundle " + disk.directory.path() + " web";
  }
  std::string config() const { return disk.directory.read("config.json"); }
  bool was_started() const { return ::access((disk.directory / "record").c_str(), F_OK) == 0; }

  BundleOnDisk disk;
};

TEST_F(ShallopOciTest, HandsOnWhatItDoesNotKnow) {
  EXPECT_EQ(run("--new-option x 'kill me' --all web 15"), 7);
  EXPECT_EQ(disk.directory.read("record"), "--new-option|x|kill me|--all|web|15|");
  EXPECT_EQ(run(""), 7);
}

TEST_F(ShallopOciTest, LeavesOtherContainersUntouched) {
  disk.write_file("/app",
                  "\x7F"
                  "ELF\2\1\1");
  const std::string before = "{\"process\" :\t{\"args\": [ \"/app\" ]}, \"root\": {\"path\":\"rootfs\"}}\n";
  disk.directory.write("config.json", before);
  EXPECT_EQ(run(create()), 7);
  EXPECT_EQ(config(), before);
}

TEST_F(ShallopOciTest, LeavesSandboxesAndMarkedContainersUntouched) {
  for (const auto& [name, value] :
       {std::pair{"io.kubernetes.cri.container-type", "sandbox"},
        std::pair{"io.kubernetes.cri-o.ContainerType", "sandbox"}, std::pair{"dev.shallop.handler", "off"}}) {
    disk.config["annotations"] = {{name, value}};
    disk.write_config();
    EXPECT_EQ(run(create()), 7);
    EXPECT_EQ(config(), disk.config.dump()) << name;
  }
}

TEST_F(ShallopOciTest, RewritesOnce) {
  EXPECT_EQ(run(create()), 7);
  const std::string first = config();
  EXPECT_NE(first.find("/dev/.shallop/shallop"), std::string::npos);
  EXPECT_EQ(run(create()), 7);
  EXPECT_EQ(config(), first);
}

TEST_F(ShallopOciTest, TellsTheEngineWhyItRefuses) {
  disk.write_file("/app.wasm", "hello");
  EXPECT_EQ(run(create()), 1);
  EXPECT_FALSE(was_started());
  const auto message = parse_json(disk.directory.read("log"));
  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ((*message)["level"], "error");
  EXPECT_NE(text_of((*message)["msg"]).find("/app.wasm: permission denied"), std::string::npos);
  EXPECT_NE(disk.directory.read("errors").find("/app.wasm: permission denied"), std::string::npos);
  EXPECT_EQ(config(), disk.config.dump());
}

TEST_F(ShallopOciTest, NeedsItsRunnerAndARuntime) {
  configure(R"({"runtimes": ["RUNTIME"], "runner": "/nosuch/shallop-run", "native_store": ""})");
  EXPECT_EQ(run(create()), 1);
  EXPECT_NE(disk.directory.read("errors").find("/nosuch/shallop-run runs WebAssembly, and is not on this host"),
            std::string::npos);
  configure(R"({"runtimes": ["/nosuch/runc"]})");
  EXPECT_EQ(run(create()), 1);
  EXPECT_NE(disk.directory.read("errors").find("there is no OCI runtime"), std::string::npos);
}

TEST_F(ShallopOciTest, DoesNotCallItself) {
  ::symlink(SHALLOP_OCI, (disk.directory / "runc").c_str());
  configure(R"({"runtimes": ["SELF"]})");
  ::setenv("SHALLOP_OCI_RUNTIME", (disk.directory / "runc").c_str(), 1);
  EXPECT_EQ(run("state web"), 1);
  EXPECT_NE(disk.directory.read("errors").find("there is no OCI runtime"), std::string::npos);
}

TEST_F(ShallopOciTest, LeavesABrokenBundleToTheRuntime) {
  disk.directory.write("config.json", "{");
  EXPECT_EQ(run(create()), 7);
  EXPECT_EQ(config(), "{");
}

// Which runtime is to do the work, and what is to be allowed, nobody can tell.
TEST_F(ShallopOciTest, StartsNothingUnderABrokenConfiguration) {
  configure(R"({"runtimes": ["RUNTIME"], "typo": 1})");
  const std::string bundle = " --bundle " + disk.directory.path() + " web";
  for (const std::string_view program : {empty_module, std::string_view("#!/bin/sh")}) {
    disk.write_file("/app.wasm", program);
    for (const char* command : {"create", "run", "restore", "--new-option x create", "create --new-option"}) {
      EXPECT_EQ(run(command + bundle), 1) << command;
      const std::string errors = disk.directory.read("errors");
      EXPECT_NE(errors.find("oci.json: there is no member 'typo'; no container is started until that is mended"),
                std::string::npos)
          << errors;
    }
  }
  ::setenv("SHALLOP_OCI_RUNTIME", (disk.directory / "runtime").c_str(), 1);
  EXPECT_EQ(run(create()), 1) << "what is allowed is not known either";
  EXPECT_NE(disk.directory.read("log").find("there is no member 'typo'"), std::string::npos);
  EXPECT_FALSE(was_started());
  EXPECT_EQ(config(), disk.config.dump());
}

TEST_F(ShallopOciTest, EndsContainersUnderABrokenConfiguration) {
  configure(R"({"typo": 1, "runtimes": ["RUNTIME"]})");
  EXPECT_EQ(run("kill web 15"), 7);
  EXPECT_EQ(disk.directory.read("record"), "kill|web|15|");
  configure("this is no JSON");
  disk.directory.write("runc", "#!/bin/sh\nexit 8\n");
  ::chmod((disk.directory / "runc").c_str(), 0755);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (disk.directory.path() + ":" + path).c_str(), 1);
  EXPECT_EQ(run("delete web"), 8) << "by the usual runtime";
  ::setenv("PATH", path.c_str(), 1);
}

// The script that stands for the runtime tells what it was handed.
TEST_F(ShallopOciTest, HandsASocketOfTheHostOver) {
  disk.directory.write("runtime",
                       "#!/bin/sh\nprintf '%s|' \"$@\" >\"$RECORD\"\nreadlink /proc/self/fd/3 >>\"$RECORD\"\nexit 7\n");
  disk.config["process"]["env"] = {"SHALLOP_LISTEN=127.0.0.1:28763"};
  disk.write_config();
  EXPECT_EQ(run(create()), 1);
  EXPECT_NE(disk.directory.read("errors").find("this host does not allow 127.0.0.1:28763"), std::string::npos);
  EXPECT_EQ(config(), disk.config.dump());
  configure(R"({"runtimes": ["RUNTIME"], "runner": "RUNNER", "native_store": "", "listen": ["127.0.0.1:28763"]})");
  EXPECT_EQ(run(create() + " --preserve-fds=1"), 7) << "an option behind the container is not one of ours";
  disk.write_config();
  EXPECT_EQ(run("create --preserve-fds=1 --bundle " + disk.directory.path() + " web"), 1);
  EXPECT_EQ(run(create()), 7);
  const std::string record = disk.directory.read("record");
  EXPECT_NE(record.find("|create|--preserve-fds|1|--bundle|"), std::string::npos) << record;
  EXPECT_NE(record.find("socket:["), std::string::npos) << record;
  EXPECT_NE(config().find("--listen=fd:3"), std::string::npos);
}

TEST_F(ShallopOciTest, SaysThatALargeModuleIsInterpreted) {
  configure(R"({"runtimes": ["RUNTIME"], "runner": "RUNNER", "compiler": "RUNNER", "native_store": "STORE"})");
  // Its one section is a custom one, as long as the file.
  disk.write_file("/app.wasm", std::string(empty_module) + std::string("\0\x80\x80\x80\x20", 5));
  std::filesystem::resize_file(disk.on_host("/app.wasm"), (64 << 20) + 13);
  EXPECT_EQ(run(create()), 7) << disk.directory.read("errors");
  const auto message = parse_json(disk.directory.read("log"));
  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ((*message)["level"], "warning");
  EXPECT_NE(text_of((*message)["msg"]).find("the module is only interpreted, as it is larger than 64 MiB"),
            std::string::npos);
  EXPECT_NE(config().find("--engine=interpreter"), std::string::npos);
}

// The module's file is open while the configuration is made, at one of the numbers that the sockets get.
TEST_F(ShallopOciTest, HandsSeveralSocketsOverAndNothingElse) {
  disk.directory.write("runtime",
                       "#!/bin/sh\nfor fd in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18; do\n"
                       "readlink /proc/self/fd/$fd | sed 's/[0-9]//g'\ndone >\"$RECORD\"\nexit 7\n");
  configure(R"({"runtimes": ["RUNTIME"], "runner": "RUNNER", "native_store": "", "listen": ["127.0.0.1:1-65535"]})");
  for (const int count : {3, 16}) {
    std::string addresses;
    std::string sockets;
    for (int i = 0; i < count; ++i) {
      addresses += (i == 0 ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(28'780 + i);
      sockets += "socket:[]\n";
    }
    disk.config["process"]["env"] = {"SHALLOP_LISTEN=" + addresses};
    disk.write_config();
    EXPECT_EQ(run(create()), 7) << disk.directory.read("errors");
    EXPECT_EQ(disk.directory.read("record").substr(0, sockets.size()), sockets);
    const Json rewritten = Json::parse(config());
    const bool has_module = std::ranges::any_of(rewritten["mounts"], [&](const Json& mount) {
      return mount["destination"] == "/app.wasm" && mount["source"] == disk.on_host("/app.wasm");
    });
    EXPECT_TRUE(has_module) << rewritten["mounts"];
  }
}

// The state that the runtime tells makes a process of exec one of ours; its file can be a pipe, which is read once.
TEST_F(ShallopOciTest, TranslatesExec) {
  disk.directory.write("runtime", R"(#!/bin/sh
for word; do [ "$word" = state ] && { printf '{"pid": %d, "annotations": {"dev.shallop.runner": "/dev/.shallop/shallop", "dev.shallop.options": "[\\"--net\\"]"}}' $$; exit 0; }; done
while [ $# -gt 0 ]; do [ "$1" = --process ] && cat "$2" >"$RECORD"; shift; done
exit 7
)");
  disk.directory.write("process.json",
                       R"({"args": ["shallop", "health", "8080"], "env": ["SHALLOP_MODE=aot"], "cwd": "/"})");
  EXPECT_EQ(run("--root /r exec --process " + (disk.directory / "process.json") + " web"), 7);
  EXPECT_EQ(disk.directory.read("record"), R"({"args":["/dev/.shallop/shallop","health","8080"],"env":[],"cwd":"/"})");
  const std::string pipe = disk.directory / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(std::system(("cat " + (disk.directory / "process.json") + " >" + pipe + " &").c_str()), 0);
  EXPECT_EQ(run("exec --process " + pipe + " web"), 7);
  EXPECT_EQ(disk.directory.read("record"), R"({"args":["/dev/.shallop/shallop","health","8080"],"env":[],"cwd":"/"})");
}

}  // namespace
}  // namespace shallop::oci
