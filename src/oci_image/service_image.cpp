// SPDX-License-Identifier: Apache-2.0
#include "oci_image/service_image.hpp"

#include <algorithm>
#include <set>

namespace shallop::oci_image {
namespace {

constexpr uint32_t program_mode = 0755;
constexpr uint32_t module_mode = 0644;
constexpr uint32_t directory_mode = 0755;

bool is_plain(char c) { return c > ' ' && c < 0x7F && c != '/' && c != '\\' && c != ':'; }

std::string relative(std::string_view path) {
  return std::string(path.substr(std::min(path.find_first_not_of('/'), path.size())));
}

// "/a/b" after "/a". Whoever made a directory in the image owns it, its parents are root's.
void add_directories(TarWriter& tar, const std::vector<std::string>& directories, Owner user) {
  const std::set<std::string> given(directories.begin(), directories.end());
  std::set<std::string> all;
  for (const std::string& each : given) {
    for (size_t slash = each.find('/', 1); slash != each.npos; slash = each.find('/', slash + 1)) {
      all.insert(each.substr(0, slash));
    }
    all.insert(each);
  }
  all.erase("/");
  for (const std::string& each : all) {
    tar.add_directory(relative(each), directory_mode, given.contains(each) ? user : Owner{});
  }
}

}  // namespace

std::string module_path_of(std::string_view path) {
  constexpr std::string_view ending = ".wasm";
  constexpr size_t size_max = 100;  // of a name in a tar archive
  std::string name(path.substr(path.rfind('/') + 1));
  if (!name.ends_with(ending)) name += ending;
  const bool is_usable = name.size() > ending.size() && name.size() <= size_max && std::ranges::all_of(name, is_plain);
  return is_usable && path != "-" ? '/' + name : "/app.wasm";
}

std::shared_ptr<const Layer> runner_layer(std::span<const std::byte> runner, int64_t time_s) {
  TarWriter tar(time_s);
  tar.add_directory("usr", directory_mode, {});
  tar.add_directory("usr/bin", directory_mode, {});
  tar.add_link("usr/bin/shallop", "shallop-run");
  tar.add_file(relative(runner_path), runner, program_mode);
  return std::make_shared<Layer>(make_layer(tar.finish(), "shallop pack: the runner"));
}

std::shared_ptr<const Layer> module_layer(const Module& module, const std::vector<std::string>& directories, Owner user,
                                          int64_t time_s) {
  TarWriter tar(time_s);
  add_directories(tar, directories, user);
  tar.add_file(relative(module.path), module.bytes, module_mode);
  return std::make_shared<Layer>(make_layer(tar.finish(), "shallop pack: the module"));
}

std::vector<std::string> runner_options(bool has_native_code) {
  // What a container may do, its engine decides.
  std::vector<std::string> options{"--net", "--env=*", "--confine"};
  if (has_native_code) options.emplace_back("--allow-native");
  return options;
}

Config config_with_runner(Config config, const std::vector<std::string>& runner_options, const Module& module) {
  config.entrypoint = {std::string(runner_path)};
  config.entrypoint.insert(config.entrypoint.end(), runner_options.begin(), runner_options.end());
  config.entrypoint.push_back(module.path);
  const auto has_path = [](const std::string& each) { return each.starts_with("PATH="); };
  if (std::ranges::none_of(config.environment, has_path)) {
    config.environment.insert(config.environment.begin(), "PATH=/usr/bin");
  }
  return config;
}

Config config_of_module_alone(Config config, const Module& module) {
  config.entrypoint = {module.path};
  return config;
}

}  // namespace shallop::oci_image
