// SPDX-License-Identifier: Apache-2.0
#include "oci/container_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <deque>
#include <optional>
#include <ranges>

namespace shallop::oci {
namespace {

constexpr unsigned links_max = 40;  // as in the kernel

std::unexpected<std::error_code> failed(int error) {
  return std::unexpected(std::error_code(error, std::system_category()));
}

void push_front(std::deque<std::string>& left, std::string_view path) {
  std::vector<std::string> parts;
  for (const auto part : std::views::split(path, '/')) parts.emplace_back(part.begin(), part.end());
  left.insert(left.begin(), parts.begin(), parts.end());
}

// The target of the link that `link` is, opened with O_PATH.
std::optional<std::string> target_of(int link) {
  std::string target(PATH_MAX, '\0');
  const ssize_t length = ::readlinkat(link, "", target.data(), target.size());
  if (length <= 0) return std::nullopt;
  target.resize(static_cast<size_t>(length));
  return target;
}

// The way from the container's root to where the walk is.
struct Step {
  std::string path;  // in the container; "" is the root
  UniqueFd fd;
};

}  // namespace

ContainerFiles::ContainerFiles(const Bundle& bundle) : root_(bundle.root()), mounts_(bundle.mounts()) {}

ContainerFiles::ContainerFiles(const std::string& root) : root_(root) {}

// What is mounted last at a place hides what was there.
const Mount* ContainerFiles::mounted_at(std::string_view path) const {
  const auto found = std::ranges::find(mounts_ | std::views::reverse, path, &Mount::destination);
  return found == mounts_.rend() ? nullptr : &*found;
}

bool ContainerFiles::is_above_a_mount(std::string_view path) const {
  return std::ranges::any_of(mounts_, [&](const Mount& each) {
    return each.destination.size() > path.size() && each.destination.starts_with(path) &&
           each.destination[path.size()] == '/';
  });
}

std::expected<ContainerFile, std::error_code> ContainerFiles::open(std::string_view path,
                                                                   std::string_view directory) const {
  std::deque<std::string> left;
  push_front(left, path);
  if (!path.starts_with('/')) push_front(left, directory);

  std::vector<Step> way;
  way.push_back({.path = "", .fd = UniqueFd(::open(root_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC))});
  if (!way.back().fd) return failed(errno);
  for (unsigned links = 0; !left.empty();) {
    const std::string part = std::move(left.front());
    left.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (way.size() > 1) way.pop_back();
      continue;
    }
    Step next{.path = fmt::format("{}/{}", way.back().path, part), .fd = UniqueFd()};
    if (const Mount* mount = mounted_at(next.path)) {
      errno = ENOENT;  // an empty file system, or the kernel's own
      if (mount->is_bind) next.fd.reset(::open(mount->source.c_str(), O_PATH | O_CLOEXEC));
    } else if (!way.back().fd) {
      errno = ENOENT;
    } else {
      next.fd.reset(::openat(way.back().fd.get(), part.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    }
    struct stat status{};
    if (!next.fd && is_above_a_mount(next.path)) {  // the runtime will make this directory
      way.push_back(std::move(next));
      continue;
    }
    if (!next.fd || ::fstat(next.fd.get(), &status) != 0) return failed(errno);
    if (!S_ISLNK(status.st_mode)) {
      way.push_back(std::move(next));
      continue;
    }
    const auto target = target_of(next.fd.get());
    if (!target || ++links > links_max) return failed(ELOOP);
    push_front(left, *target);
    if (target->starts_with('/')) way.erase(way.begin() + 1, way.end());
  }
  struct stat status{};
  if (!way.back().fd || ::fstat(way.back().fd.get(), &status) != 0) return failed(EISDIR);
  if (!S_ISREG(status.st_mode)) return failed(S_ISDIR(status.st_mode) ? EISDIR : EACCES);
  // The same file again, for reading: by its descriptor, so that it cannot be exchanged meanwhile.
  UniqueFd file(::open(fmt::format("/proc/self/fd/{}", way.back().fd.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return failed(errno);
  return ContainerFile{.fd = std::move(file), .place = std::move(way.back().path)};
}

}  // namespace shallop::oci
