// SPDX-License-Identifier: Apache-2.0
#include "oci/command_line.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "oci/messages.hpp"

namespace shallop::oci {
namespace {

using Words = std::vector<std::string>;

// As containerd's go-runc writes it.
TEST(RuncCommandLine, OfCreateIsRead) {
  const Words words{"--root", "/run/r",   "--log", "/b/log.json", "--log-format", "json",
                    "create", "--bundle", "/b",    "--pid-file",  "/b/init.pid",  "web"};
  const auto line = parse_command_line(words);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->command, "create");
  EXPECT_EQ(line->root, "/run/r");
  EXPECT_EQ(line->log, "/b/log.json");
  EXPECT_TRUE(line->log_is_json);
  EXPECT_EQ(line->bundle, "/b");
  EXPECT_EQ(line->container, "web");
  EXPECT_EQ(line->container_index, words.size() - 1);
  EXPECT_EQ(line->command_index, 6U);
}

TEST(RuncCommandLine, TakesValuesBehindAnEqualsSignAndOneDash) {
  const Words words{"-root=/r", "--systemd-cgroup", "run", "-b=/b", "--keep", "-d", "--", "-odd"};
  const auto line = parse_command_line(words);
  ASSERT_TRUE(line);
  EXPECT_EQ(line->root, "/r");
  EXPECT_EQ(line->bundle, "/b");
  EXPECT_EQ(line->container, "-odd");
}

TEST(RuncCommandLine, OfExecNamesTheProcessAndWhereItStands) {
  const Words apart{"exec", "--tty", "--process", "/p.json", "--detach", "web"};
  ASSERT_TRUE(parse_command_line(apart));
  EXPECT_EQ(parse_command_line(apart)->process, "/p.json");
  EXPECT_EQ(parse_command_line(apart)->process_index, 3U);
  const Words joined{"exec", "-p=/p.json", "web"};
  EXPECT_EQ(parse_command_line(joined)->process, "/p.json");
  EXPECT_EQ(parse_command_line(joined)->process_index, 1U);
}

TEST(RuncCommandLine, IsNotGuessedAt) {
  EXPECT_FALSE(parse_command_line(Words{"--new-option", "create", "web"}));
  EXPECT_FALSE(parse_command_line(Words{"create", "--new-option", "x", "web"}));
  EXPECT_FALSE(parse_command_line(Words{"create", "--bundle"}));
  EXPECT_FALSE(parse_command_line(Words{"create", "--preserve-fds", "many", "web"}));
}

TEST(RuncCommandLine, OfOtherCommandsIsLeftAlone) {
  EXPECT_EQ(parse_command_line(Words{"--version"})->command, "");
  const auto kill = parse_command_line(Words{"--root", "/r", "kill", "--new-option", "web", "15"});
  ASSERT_TRUE(kill);
  EXPECT_EQ(kill->command, "kill");
}

TEST(Message, IsWrittenAsRuncWritesIt) {
  EXPECT_EQ(log_line(Level::error, "a \"b\"\n", "2026-01-02T03:04:05Z", true),
            "{\"level\":\"error\",\"msg\":\"a \\\"b\\\"\\n\",\"time\":\"2026-01-02T03:04:05Z\"}\n");
  EXPECT_EQ(log_line(Level::warning, "a", "T", false), "time=\"T\" level=warning msg=\"a\"\n");
  EXPECT_NE(log_line(Level::error, "\xff", "T", true).find("\\ufffd"), std::string::npos);
}

}  // namespace
}  // namespace shallop::oci
