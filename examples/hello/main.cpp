// SPDX-License-Identifier: Apache-2.0
// The smallest guest: says hello, and shows what a program is given: its arguments and its environment.
#include <cstdio>
#include <cstdlib>

int main(int argument_count, char** arguments) {
  std::puts("Hello from a shallop guest");
  for (int i = 1; i < argument_count; ++i) std::printf("argument %d: %s\n", i, arguments[i]);
  if (const char* const greeting = std::getenv("GREETING")) std::printf("GREETING: %s\n", greeting);
  return 0;
}
