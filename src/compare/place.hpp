// SPDX-License-Identifier: Apache-2.0
// Where a variant's server runs.
#pragma once

#include <string>
#include <vector>

namespace shallop::compare {

// As plans name them; the first is this machine itself.
inline const std::vector<std::string>& place_names() {
  static const std::vector<std::string> names{"bare"};
  return names;
}

}  // namespace shallop::compare
