;; SPDX-License-Identifier: Apache-2.0
;; Accepts one connection on descriptor 3, a listener, and says hello on it.
(module
  (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\0a")
  (func (export "_start")
    (local $errno i32)
    (local.set $errno (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 64)))
    (if (local.get $errno) (then (call $proc_exit (local.get $errno))))
    (call $proc_exit
      (call $sock_send (i32.load (i32.const 64)) (i32.const 0) (i32.const 1) (i32.const 0) (i32.const 68)))))
