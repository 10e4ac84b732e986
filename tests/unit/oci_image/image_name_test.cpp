// SPDX-License-Identifier: Apache-2.0
#include "oci_image/image_name.hpp"

#include <gtest/gtest.h>

namespace shallop::oci_image {
namespace {

struct Row {
  std::string_view text;
  std::string_view short_name;
  std::string_view full_name;
};

TEST(ImageName, IsReadAsEnginesDo) {
  const Row rows[] = {
      {"service", "service:latest", "docker.io/library/service:latest"},
      {"service:1.2-rc_3", "service:1.2-rc_3", "docker.io/library/service:1.2-rc_3"},
      {"team/service:1", "team/service:1", "docker.io/team/service:1"},
      {"localhost/service", "localhost/service:latest", "localhost/service:latest"},
      {"localhost:5000/a/b:x", "localhost:5000/a/b:x", "localhost:5000/a/b:x"},
      {"registry.example/a", "registry.example/a:latest", "registry.example/a:latest"},
      {"docker.io/service", "docker.io/service:latest", "docker.io/library/service:latest"},
      {"a__b/c.d/e---f", "a__b/c.d/e---f:latest", "docker.io/a__b/c.d/e---f:latest"},
  };
  for (const Row& row : rows) {
    const auto name = parse_image_name(row.text);
    ASSERT_TRUE(name) << row.text << ": " << name.error();
    EXPECT_EQ(name->short_name, row.short_name);
    EXPECT_EQ(name->full_name, row.full_name);
  }
}

TEST(ImageName, IsRefusedWhereEnginesWould) {
  for (const std::string_view text :
       {"", "Service", "a b", "a/", "/a", "a//b", "-a", "a-", "a..b", "a___b", "a:", "a:-x", "a:b c", "a@sha256:00",
        "registry.example/", "a/B", "a\n", "\xC3\xA4", "registry.ex ample/a"}) {
    EXPECT_FALSE(parse_image_name(text)) << text;
  }
  EXPECT_FALSE(parse_image_name("a:" + std::string(129, 't')));
  EXPECT_TRUE(parse_image_name("a:" + std::string(128, 't')));
  EXPECT_FALSE(parse_image_name(std::string(256, 'n')));
}

TEST(ImageName, IsMadeOfAFilesName) {
  EXPECT_EQ(image_path_of("http_service.wasm"), "http_service");
  EXPECT_EQ(image_path_of("My Service (2).wasm"), "my-service-2");
  EXPECT_EQ(image_path_of("a.native.wasm"), "a.native");
  EXPECT_EQ(image_path_of("\xC3\xA4.wasm"), "app");
  EXPECT_EQ(image_path_of(std::string(300, 'x')), std::string(64, 'x'));
  for (const std::string_view name : {"__a__b..c.wasm", "-", "%%%", "A_.wasm", "x.-y"}) {
    EXPECT_TRUE(parse_image_name(image_path_of(name))) << name << " gives " << image_path_of(name);
  }
}

}  // namespace
}  // namespace shallop::oci_image
