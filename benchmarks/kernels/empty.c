// SPDX-License-Identifier: Apache-2.0
// Does nothing. As Wasm it is a `_start` and no C library, so that its cold start is the engine's own.
#ifdef __wasm__
void _start(void);
void _start(void) {}
#else
int main(void) { return 0; }
#endif
