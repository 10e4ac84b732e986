// SPDX-License-Identifier: Apache-2.0
// What an action is refused with, as one string that a test can compare with the whole expected message.
#pragma once

#include <string>

#include "wasm/error.hpp"

namespace shallop {

// "OFFSET: MESSAGE" of the Error that `action` throws, "accepted" if it throws none. An exception of another type
// passes.
template <class Error, class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return std::to_string(error.offset()) + ": " + error.what();
  }
  return "accepted";
}

}  // namespace shallop
