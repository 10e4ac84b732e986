;; SPDX-License-Identifier: Apache-2.0
;; Assembled without a check: i32.add gets an i64.
(module
  (func $wrong (result i32) (i32.add (i32.const 1) (i64.const 2)))
  (func (export "_start")))
