// SPDX-License-Identifier: Apache-2.0
// A directory of the host that goes away with its content.
#pragma once

#include <string>
#include <string_view>

namespace shallop {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  void write(std::string_view name, std::string_view content) const;
  std::string read(std::string_view name) const;

 private:
  std::string path_;
};

}  // namespace shallop
