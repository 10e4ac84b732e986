;; SPDX-License-Identifier: Apache-2.0
;; Asks for a TCP socket twice and prints both errnos: 0 when the network is open to it.
(module
  (import "wasi_snapshot_preview1" "sock_open" (func $sock_open (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "open") (result i32 i32)
    (call $sock_open (i32.const 1) (i32.const 2) (i32.const 0))
    (call $sock_open (i32.const 1) (i32.const 2) (i32.const 4)))
  (func (export "_start") (drop (call $sock_open (i32.const 1) (i32.const 2) (i32.const 0)))))
