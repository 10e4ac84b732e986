// SPDX-License-Identifier: Apache-2.0
// What an engine makes of a validated module. Each engine has one function `prepare(module) -> shared_ptr<const Code>`;
// instantiate() then asks the Code for the entry points of one instance.
#pragma once

namespace shallop {

struct Instance;

// Shared by all instances of a module, also between threads.
class Code {
 public:
  virtual ~Code() = default;
  // Sets `entry` and `code` of each function that the instance defines. Its memories, tables and globals exist already.
  virtual void bind(Instance& instance) const = 0;
};

}  // namespace shallop
