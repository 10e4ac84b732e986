// SPDX-License-Identifier: Apache-2.0
// A bundle's config.json of any octets, over a root with a module: what is rewritten is JSON that is recognised again,
// and no container gets more than the operator allows.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "oci/bundle.hpp"
#include "oci/container_files.hpp"
#include "oci/injection.hpp"
#include "oci/program.hpp"
#include "oci/settings.hpp"

namespace {

using namespace shallop::oci;

void require(bool condition) {
  if (!condition) std::abort();
}

// One for the process; nothing of the input is written to it.
class BundleDirectory {
 public:
  BundleDirectory() : path_((std::filesystem::temp_directory_path() / "fuzz_oci_config.XXXXXX").string()) {
    require(::mkdtemp(path_.data()) != nullptr);
    std::filesystem::create_directory(path_ + "/rootfs");
    std::ofstream(path_ + "/rootfs/a", std::ios::binary).write("\0asm\1\0\0\0", 8);
  }
  ~BundleDirectory() { std::filesystem::remove_all(path_); }
  BundleDirectory(const BundleDirectory&) = delete;
  BundleDirectory& operator=(const BundleDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const std::string& bundle_directory() {
  static const BundleDirectory directory;
  return directory.path();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto config = parse_json({reinterpret_cast<const char*>(data), size});
  if (!config) return 0;
  // Whatever root and volumes it names: files of this machine are not the subject.
  if (config->is_object()) {
    (*config)["root"] = {{"path", "rootfs"}};
    for (auto& each : (*config)["mounts"]) {
      if (each.is_object()) each["source"] = "rootfs";
    }
  }
  const Bundle bundle(bundle_directory(), *config);
  const Json& process = member(bundle.config(), "process");
  Found found = find_program({.arguments = texts_of(member(process, "args")),
                              .environment = texts_of(member(process, "env")),
                              .directory = text_of(member(process, "cwd"))},
                             ContainerFiles(bundle));
  auto* program = std::get_if<GuestProgram>(&found);
  if (program == nullptr) return 0;
  const auto settings = read_settings(bundle.config(), {});
  if (!settings) return 0;
  const Json result = inject(bundle, *program, *settings, {.runner = "/runner", .native_store = {}});
  require(invocation_of(member(result, "annotations")).has_value());
  for (const std::string& each : texts_of(member(result, {"process", "env"}))) require(!each.starts_with("SHALLOP_"));
  bool is_for_runner = false;
  for (const std::string& each : texts_of(member(result, {"process", "args"}))) {
    if (is_for_runner && each == "--") break;
    require(!is_for_runner || !each.starts_with("--allow-native"));
    is_for_runner |= each.ends_with("/.shallop/shallop");
  }
  static_cast<void>(write_json(result));
  return 0;
}
