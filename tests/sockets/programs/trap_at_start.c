// SPDX-License-Identifier: Apache-2.0
// A server that does not get as far as serving.
int main(void) { __builtin_trap(); }
