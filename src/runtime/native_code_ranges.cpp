// SPDX-License-Identifier: Apache-2.0
#include "runtime/native_code_ranges.hpp"

#include <atomic>
#include <mutex>

namespace shallop {

// Nodes are never freed, only used again: a handler may stand on one at any time. An unused one has an empty range.
// `first` and `last` change only while the node is unused by all code that runs, so a handler that reads a mix of old
// and new sees a range without code of the thread it interrupts.
struct NativeCodeRange::Node {
  std::atomic<uintptr_t> first = 0;
  std::atomic<uintptr_t> last = 0;
  Node* next = nullptr;  // set once, before the node is published
};

namespace {

std::atomic<NativeCodeRange::Node*> all_nodes = nullptr;
constinit std::mutex changing;

NativeCodeRange::Node& unused_node() {
  for (NativeCodeRange::Node* node = all_nodes.load(); node != nullptr; node = node->next) {
    if (node->last.load() == 0) return *node;
  }
  auto* node = new NativeCodeRange::Node;
  node->next = all_nodes.load();
  all_nodes.store(node);
  return *node;
}

}  // namespace

NativeCodeRange::NativeCodeRange(std::span<const std::byte> code) {
  const std::scoped_lock lock(changing);
  node_ = &unused_node();
  node_->first.store(reinterpret_cast<uintptr_t>(code.data()));
  node_->last.store(reinterpret_cast<uintptr_t>(code.data() + code.size()));
}

NativeCodeRange::~NativeCodeRange() {
  const std::scoped_lock lock(changing);
  node_->last.store(0);
  node_->first.store(0);
}

bool is_native_code(uintptr_t address) {
  for (const NativeCodeRange::Node* node = all_nodes.load(); node != nullptr; node = node->next) {
    if (address >= node->first.load() && address < node->last.load()) return true;
  }
  return false;
}

}  // namespace shallop
