// SPDX-License-Identifier: Apache-2.0
#include "oci/injection.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <ranges>
#include <system_error>
#include <utility>

namespace shallop::oci {
namespace {

// Engines mount a tmpfs on /dev, so that what is put there is in no layer of the image and in no `docker diff`, and a
// read-only root does not matter. Where /dev is the host's own, a directory in the root has to do.
std::string place_of(const std::vector<Mount>& mounts) {
  const auto dev = std::ranges::find(mounts | std::views::reverse, "/dev", &Mount::destination);
  return dev != mounts.rend() && dev->type == "tmpfs" ? "/dev/.shallop" : "/.shallop";
}

Json read_only_mount(const std::string& source, const std::string& destination, bool is_program) {
  Json options = {"bind", "ro", "nosuid", "nodev", "rprivate"};
  if (!is_program) options.push_back("noexec");
  return {{"destination", destination}, {"type", "bind"}, {"source", source}, {"options", std::move(options)}};
}

// What is a mount itself can be neither renamed nor removed, so that nothing else can get its name.
Json own_directory(const std::string& destination) {
  return {{"destination", destination},
          {"type", "tmpfs"},
          {"source", "tmpfs"},
          {"options", {"nosuid", "nodev", "noexec", "mode=755", "size=64k"}}};
}

// The name of an open file on the host.
std::string name_of(int file) {
  std::error_code error;
  return std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", file), error).string();
}

// The mount that `place` lies in; null where that is the container's own root.
const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view place) {
  const Mount* innermost = nullptr;
  for (const Mount& each : mounts) {
    const std::string& at = each.destination;
    const bool is_in = place == at || (place.starts_with(at) && place[at.size()] == '/');
    if (is_in && (innermost == nullptr || at.size() >= innermost->destination.size())) innermost = &each;
  }
  return innermost;
}

// The module over itself: as it is what runs, and what the next start finds. Nothing where it lies in a volume: whoever
// may write there, another container too, could put a link to a file of the host in its place before the runtime mounts
// it.
std::optional<Json> mount_of_module(const GuestProgram& program, const Mount* volume) {
  if (volume == nullptr) return read_only_mount(name_of(program.file.get()), program.place, false);
  if (volume->destination != program.place) return std::nullopt;
  return read_only_mount(volume->source, program.place, false);  // mounted by that name anyway
}

// A directory that the user has mounted: not what engines mount for their own sake.
bool is_volume(const Mount& mount) {
  if (!mount.is_bind && mount.type != "tmpfs") return false;
  struct stat status{};
  if (mount.is_bind && ::stat(mount.source.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) return false;
  constexpr std::array<std::string_view, 3> files{"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
  if (std::ranges::find(files, mount.destination) != files.end()) return false;
  return std::ranges::none_of(
      std::array<std::string_view, 4>{"/dev", "/proc", "/sys", "/run/.containerenv"}, [&](std::string_view each) {
        return mount.destination == each || mount.destination.starts_with(fmt::format("{}/", each));
      });
}

void append_preopens(std::vector<std::string>& options, const Bundle& bundle, const Settings& settings,
                     bool is_read_only) {
  const auto give = [&](std::string_view host, std::string_view guest, bool for_reading = false) {
    options.push_back(fmt::format("--dir={}:{}{}", host, guest, is_read_only || for_reading ? ":ro" : ""));
  };
  if (!settings.only_mounts) {
    const std::string directory = text_of(member(bundle.config(), {"process", "cwd"}));
    // The last one wins among names of the same length in wasi-libc, and an absolute path is to mean what it says.
    if (!directory.empty() && directory != "/" && !directory.contains(':')) give(directory, ".");
    return give("/", "/");
  }
  for (const Mount& each : bundle.mounts()) {
    if (!is_volume(each) || each.destination.contains(':')) continue;
    give(each.destination, each.destination, each.is_read_only);
  }
}

}  // namespace

std::vector<std::string> arguments_with(const Invocation& invocation, const GuestProgram& program,
                                        const std::vector<std::string>& arguments) {
  const auto named = arguments.begin() + static_cast<ptrdiff_t>(program.argument);
  std::vector<std::string> all(arguments.begin(), named);
  all.push_back(invocation.runner);
  all.insert(all.end(), invocation.options.begin(), invocation.options.end());
  if (!program.function.empty()) all.push_back(fmt::format("--invoke={}", program.function));
  all.emplace_back("--");
  all.push_back(program.path);
  all.insert(all.end(), named + 1, arguments.end());
  return all;
}

std::optional<std::string> reason_to_write_nothing(const Bundle& bundle, const GuestProgram& program) {
  const std::vector<std::string> words = texts_of(member(bundle.config(), {"process", "args"}));
  if (!is_name_of_module(words[program.argument])) {
    return fmt::format("{} is not named .wasm, and whatever gets that name is run at the next start",
                       words[program.argument]);
  }
  const std::vector<Mount> mounts = bundle.mounts();
  // Engines mount the init programs of their own.
  if (program.argument == 0 || std::ranges::find(mounts, normal_path(words[0]), &Mount::destination) != mounts.end()) {
    return std::nullopt;
  }
  return fmt::format("{} is a file of the container, and run at the next start", words[0]);
}

Json inject(const Bundle& bundle, const GuestProgram& program, const Settings& settings, const Injection& injection) {
  Json config = bundle.config();
  const std::string place = place_of(bundle.mounts());
  const std::vector<Mount> given = bundle.mounts();
  const Mount* const volume = mount_of(given, program.place);
  // What lies in a volume is not the image's.
  const bool allow_native = injection.allow_native && volume == nullptr;
  Invocation invocation{.runner = place + "/shallop", .options = {"--net", "--env=*", "--confine"}};
  append_preopens(invocation.options, bundle, settings, reason_to_write_nothing(bundle, program).has_value());
  Json& mounts = config["mounts"];
  if (!mounts.is_array()) mounts = Json::array();
  if (auto module = mount_of_module(program, volume)) mounts.push_back(std::move(*module));
  mounts.push_back(own_directory(place));
  mounts.push_back(read_only_mount(injection.runner, invocation.runner, true));
  if (!injection.native_store.empty()) {
    mounts.push_back(read_only_mount(injection.native_store, place + "/native", false));
    invocation.options.push_back(fmt::format("--native-store={}/native", place));
  }
  // Without a store there will be no other code, and the runner need not make a cache in the container's layer.
  if (!settings.wants_native || (injection.native_store.empty() && !allow_native)) {
    invocation.options.emplace_back("--engine=interpreter");
  } else if (allow_native) {
    invocation.options.emplace_back("--allow-native");
  }
  Json& annotations = config["annotations"];
  if (!annotations.is_object()) annotations = Json::object();
  annotations[std::string(runner_annotation)] = invocation.runner;
  annotations[std::string(options_annotation)] = Json(invocation.options).dump();

  const std::vector<std::string>& own = settings.runner_options;
  invocation.options.insert(invocation.options.end(), own.begin(), own.end());
  Json& process = config["process"];
  process["args"] = arguments_with(invocation, program, texts_of(process["args"]));
  if (process.contains("env")) remove_settings(process["env"]);
  return config;
}

std::optional<Invocation> invocation_of(const Json& annotations) {
  Invocation invocation{.runner = text_of(member(annotations, runner_annotation)), .options = {}};
  if (invocation.runner.empty()) return std::nullopt;
  const auto options = parse_json(text_of(member(annotations, options_annotation)));
  if (!options) return std::nullopt;
  invocation.options = texts_of(*options);
  return invocation;
}

}  // namespace shallop::oci
