;; SPDX-License-Identifier: Apache-2.0
;; A v128 on every way in and out: arguments, results, an immutable and a mutable global.
(module
  (global $bias v128 (v128.const i32x4 1 2 3 4))
  (global $last (mut v128) (v128.const i64x2 0 0))
  (func (export "biased") (param v128) (result v128)
    (global.set $last (i32x4.add (local.get 0) (global.get $bias)))
    (global.get $last))
  (func (export "halves") (param v128) (result i64 i64)
    (i64x2.extract_lane 1 (local.get 0)) (i64x2.extract_lane 0 (local.get 0))))
