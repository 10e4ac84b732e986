;; SPDX-License-Identifier: Apache-2.0
;; 2 MiB at the start.
(module
  (memory (export "memory") 32)
  (func (export "_start"))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "pages") (result i32) (memory.size))
  (func (export "touch") (param i32) (result i32)
    (i32.store (local.get 0) (i32.const 77))
    (i32.load (local.get 0))))
