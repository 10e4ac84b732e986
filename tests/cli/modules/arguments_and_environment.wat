;; SPDX-License-Identifier: Apache-2.0
;; Prints each argument and each environment variable on a line.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  ;; 0: an iovec; 16, 20: count and size; 1024: pointers; 65536: strings
  (func $print_strings
    (local $position i32)
    (local.set $position (i32.const 65536))
    (i32.store (i32.const 0) (local.get $position))
    (i32.store (i32.const 4) (i32.load (i32.const 20)))
    (block $done
      (loop $next
        (br_if $done
          (i32.eq (local.get $position) (i32.add (i32.const 65536) (i32.load (i32.const 20)))))
        (if (i32.eqz (i32.load8_u (local.get $position)))
          (then (i32.store8 (local.get $position) (i32.const 10))))
        (local.set $position (i32.add (local.get $position) (i32.const 1)))
        (br $next)))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (drop (call $args_sizes_get (i32.const 16) (i32.const 20)))
    (drop (call $args_get (i32.const 1024) (i32.const 65536)))
    (call $print_strings)
    (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
    (drop (call $environ_get (i32.const 1024) (i32.const 65536)))
    (call $print_strings)))
