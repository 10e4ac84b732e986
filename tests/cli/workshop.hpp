// SPDX-License-Identifier: Apache-2.0
// A fresh directory in which a test runs the `shallop` that was built: the modules of tests/cli/modules are there, and
// it is gone afterwards.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/process.hpp"

namespace shallop::cli {

class Workshop {
 public:
  Workshop();
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  const std::filesystem::path& directory() const { return directory_; }
  // `shallop` with these arguments.
  std::unique_ptr<Process> start(std::vector<std::string> arguments) const;
  // A script for /bin/sh, which finds `shallop` in its PATH.
  std::unique_ptr<Process> start_script(const std::string& script) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace shallop::cli
