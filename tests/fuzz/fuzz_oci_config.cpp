// SPDX-License-Identifier: Apache-2.0
// A bundle's config.json of any octets, over a root with a module and a native program: what is rewritten is JSON that
// is recognised again, no container gets more than the operator allows, and nothing becomes a native program that is
// not one by its name. The same octets are an operator's configuration, and words for `exec` in a container that runs.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "oci/bundle.hpp"
#include "oci/container_files.hpp"
#include "oci/exec.hpp"
#include "oci/injection.hpp"
#include "oci/operator_configuration.hpp"
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
    std::filesystem::copy_file(path_ + "/rootfs/a", path_ + "/rootfs/a.wasm");
    for (const char* program : {"/rootfs/sh", "/rootfs/b.wasm"}) std::ofstream(path_ + program) << "#!/bin/sh\n";
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

// Nothing is listened on that the operator does not name.
void check_listeners(const Settings& settings) {
  const std::string all = "*:1-65535";
  for (const ListenAddress& each : settings.listen) {
    require(!is_allowed(each, {}));
    require(is_allowed(each, {&all, 1}));
  }
}

// Nothing of the container is run natively.
void check_exec(const ProcessView& process) {
  const auto translated =
      translate(process, ContainerFiles(bundle_directory() + "/rootfs"), {.runner = "/runner", .options = {}}, false);
  require(process.arguments.empty() || !std::holds_alternative<NotOurs>(translated));
  if (const auto* words = std::get_if<std::vector<std::string>>(&translated)) {
    require(std::ranges::find(*words, "/runner") != words->end());
  }
}

bool is_mounted_for_reading(const Json& config, const std::string& place) {
  const Json& mounts = member(config, "mounts");
  return std::ranges::any_of(mounts, [&](const Json& each) {
    const std::vector<std::string> options = texts_of(member(each, "options"));
    return text_of(member(each, "destination")) == place && std::ranges::find(options, "ro") != options.end();
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parse_operator_configuration(text));
  auto config = parse_json(text);
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
  const ProcessView view{.arguments = texts_of(member(process, "args")),
                         .environment = texts_of(member(process, "env")),
                         .directory = text_of(member(process, "cwd"))};
  check_exec(view);
  Found found = find_program(view, ContainerFiles(bundle));
  if (bundle.mounts().empty() && !view.arguments.empty() && view.arguments[0] == "/b.wasm") {
    require(std::holds_alternative<Refusal>(found));
  }
  auto* program = std::get_if<GuestProgram>(&found);
  if (program == nullptr) return 0;
  const auto settings = read_settings(bundle.config(), {});
  if (!settings) return 0;
  check_listeners(*settings);
  const Json result = inject(bundle, *program, *settings, {.runner = "/runner", .native_store = {}});
  require(invocation_of(member(result, "annotations")).has_value());
  for (const std::string& each : texts_of(member(result, {"process", "env"}))) require(!each.starts_with("SHALLOP_"));
  require(is_mounted_for_reading(result, program->place));
  bool is_for_runner = false;
  for (const std::string& each : texts_of(member(result, {"process", "args"}))) {
    if (is_for_runner && each == "--") break;
    require(!is_for_runner || !each.starts_with("--allow-native"));
    is_for_runner |= each.ends_with("/.shallop/shallop");
  }
  static_cast<void>(write_json(result));
  return 0;
}
