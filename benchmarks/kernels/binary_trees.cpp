// SPDX-License-Identifier: Apache-2.0
// malloc and free: binary trees built, walked and taken down. Each build uses its own C library's allocator.
#include "kernel.hpp"

namespace {

struct Node {
  Node* left;
  Node* right;
  uint32_t value;
};

Node* build(uint32_t depth, uint32_t& next_value) {
  Node* const node = static_cast<Node*>(malloc(sizeof(Node)));
  if (node == nullptr) abort();
  node->value = next_value++;
  node->left = depth == 0 ? nullptr : build(depth - 1, next_value);
  node->right = depth == 0 ? nullptr : build(depth - 1, next_value);
  return node;
}

uint32_t sum(const Node* node) { return node == nullptr ? 0 : node->value + sum(node->left) * 3 + sum(node->right); }

void take_down(Node* node) {
  if (node == nullptr) return;
  take_down(node->left);
  take_down(node->right);
  free(node);
}

uint64_t work() {
  kernel::Checksum checksum;
  uint32_t next_value = 0;
  Node* const long_lived = build(14, next_value);
  for (uint32_t depth = 4; depth <= 14; depth += 2) {
    for (uint32_t i = 0; i < 1u << (14 - depth); ++i) {
      Node* const tree = build(depth, next_value);
      checksum.add(sum(tree));
      take_down(tree);
    }
  }
  checksum.add(sum(long_lived));
  take_down(long_lived);
  return checksum.value();
}

}  // namespace

int main(int argument_count, char** arguments) { return kernel::run(argument_count, arguments, work); }
