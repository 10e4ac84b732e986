// SPDX-License-Identifier: Apache-2.0
// Results as a comparison might have left them, for the tests of what is made of them.
#pragma once

#include <string>
#include <vector>

#include "compare/results.hpp"

namespace shallop::compare {

// One load; native, and shallop-native whose rate in each block is `ratios` of native's 1000, 1100, 900, ...
Results sample_results(const std::vector<double>& ratios);
// The same variants in docker on the host network, at `ratio` of what they do on the machine itself.
void add_container(Results& results, double ratio);

}  // namespace shallop::compare
