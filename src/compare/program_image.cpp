// SPDX-License-Identifier: Apache-2.0
#include "compare/program_image.hpp"

#include <fmt/format.h>

#include "base/file.hpp"
#include "compare/results.hpp"
#include "oci_image/archive.hpp"
#include "oci_image/service_image.hpp"
#include "oci_image/static_program.hpp"
#include "oci_image/tar_writer.hpp"
#include "wasm/error.hpp"

namespace shallop::compare {
namespace {

constexpr size_t program_size_max = size_t{1} << 30;
constexpr uint32_t program_mode = 0755;
constexpr int64_t no_time_s = 0;  // the same program gives the same image

}  // namespace

std::string path_in_image(const std::string& program) { return "/" + program.substr(program.rfind('/') + 1); }

std::expected<void, std::string> write_program_image(const ProgramImage& image) {
  const auto bytes = read_file(image.program, program_size_max);
  if (!bytes) return std::unexpected(fmt::format("{}: it cannot be read: {}", image.program, bytes.error().message()));
  const auto architecture = oci_image::static_program_architecture(*bytes);
  if (!architecture) {
    return std::unexpected(
        fmt::format("{} cannot run in an image that holds nothing else: {}; native_static = [...] "
                    "names a program that can",
                    image.program, architecture.error()));
  }
  const auto name = oci_image::parse_image_name(image.name);
  if (!name) return std::unexpected(fmt::format("{} is no name of an image: {}", image.name, name.error()));
  try {
    oci_image::TarWriter tar(no_time_s);
    tar.add_file(path_in_image(image.program).substr(1), *bytes, program_mode);
    const oci_image::Image only{
        .platform = {.os = "linux", .architecture = std::string(*architecture)},
        .config = {.entrypoint = {path_in_image(image.program)},
                   .user = fmt::format("{}:{}", oci_image::default_user.user, oci_image::default_user.group)},
        .layers = {std::make_shared<oci_image::Layer>(oci_image::make_layer(tar.finish(), "shallop compare"))}};
    const std::vector<std::byte> archive = oci_image::write_archive({&only, 1}, {&*name, 1}, no_time_s);
    return write_file(image.archive, {reinterpret_cast<const char*>(archive.data()), archive.size()});
  } catch (const Error& error) {
    return std::unexpected(fmt::format("{}: {}", image.program, error.what()));
  }
}

}  // namespace shallop::compare
