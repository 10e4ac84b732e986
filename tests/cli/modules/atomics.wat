;; SPDX-License-Identifier: Apache-2.0
;; A shared memory that is one thread's own.
(module
  (memory (export "memory") 1 4 shared)
  (func $add (export "add") (param i32 i32) (result i32)
    (i32.atomic.rmw.add (local.get 0) (local.get 1)))
  (func $wait (export "wait") (param i32 i64) (result i32)
    (memory.atomic.wait32 (local.get 0) (i32.const 0) (local.get 1))))
