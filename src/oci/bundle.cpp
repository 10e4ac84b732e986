// SPDX-License-Identifier: Apache-2.0
#include "oci/bundle.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/file.hpp"
#include "base/unique_fd.hpp"

namespace shallop::oci {
namespace {

constexpr size_t config_bytes_max = size_t{16} << 20;
constexpr std::string_view config_name = "/config.json";

// With the mode and owner that `like` has, so that whoever could read the old file can read the new one.
bool write_like(const std::string& path, const std::string& like, std::string_view text) {
  struct stat status{};
  if (::stat(like.c_str(), &status) != 0) return false;
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return false;
  // Only root can give files away; whoever else we are, the old one was ours.
  if (::fchown(file.get(), status.st_uid, status.st_gid) != 0 && errno != EPERM) return false;
  return ::fchmod(file.get(), status.st_mode & 0777) == 0 && !write_all(file.get(), text);
}

}  // namespace

std::string normal_path(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const size_t slash = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
  }
  std::string text;
  for (const std::string_view each : parts) text += fmt::format("/{}", each);
  return text.empty() ? "/" : text;
}

std::expected<Bundle, std::string> Bundle::load(const std::string& directory) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(directory.empty() ? "." : directory, error).string();
  const std::string path = absolute + std::string(config_name);
  const auto bytes = read_file(path, config_bytes_max);
  if (!bytes) return std::unexpected(fmt::format("{} cannot be read: {}", path, bytes.error().message()));
  auto config = parse_json({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!config) return std::unexpected(fmt::format("{} cannot be read: {}", path, config.error()));
  return Bundle(absolute, *std::move(config));
}

std::string Bundle::on_host(const std::string& path) const {
  return path.starts_with('/') ? path : fmt::format("{}/{}", directory_, path);
}

std::string Bundle::root() const { return on_host(text_of(member(config_, {"root", "path"}))); }

std::vector<Mount> Bundle::mounts() const {
  std::vector<Mount> mounts;
  const Json& listed = member(config_, "mounts");
  if (!listed.is_array()) return mounts;
  for (const Json& each : listed) {
    const std::vector<std::string> options = texts_of(member(each, "options"));
    const auto has = [&](std::string_view option) { return std::ranges::find(options, option) != options.end(); };
    Mount mount{.destination = normal_path(text_of(member(each, "destination"))),
                .source = text_of(member(each, "source")),
                .type = text_of(member(each, "type"))};
    mount.is_bind = mount.type == "bind" || has("bind") || has("rbind");
    mount.is_read_only = has("ro");
    if (mount.is_bind) mount.source = on_host(mount.source);
    mounts.push_back(std::move(mount));
  }
  return mounts;
}

std::string Bundle::annotation(std::string_view name) const { return text_of(member(config_, {"annotations", name})); }

std::expected<void, std::string> Bundle::replace_config(const Json& config) const {
  const std::string path = directory_ + std::string(config_name);
  const std::string temporary = fmt::format("{}.shallop.{}", path, ::getpid());
  const auto text = write_json(config);
  if (!text) return std::unexpected(fmt::format("{} cannot be written again: it is not valid UTF-8", path));
  if (write_like(temporary, path, *text) && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const int error = errno;
  ::unlink(temporary.c_str());
  return std::unexpected(fmt::format("{} cannot be replaced: {}", path, std::strerror(error)));
}

}  // namespace shallop::oci
