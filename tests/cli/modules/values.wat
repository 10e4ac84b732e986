;; SPDX-License-Identifier: Apache-2.0
;; Functions of every shape that --invoke has to read arguments for and print results of.
(module
  (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
  (func (export "add64") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
  (func (export "half32") (param f32) (result f32) (f32.mul (local.get 0) (f32.const 0.5)))
  (func (export "half") (param f64) (result f64) (f64.mul (local.get 0) (f64.const 0.5)))
  (func (export "swap") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "nothing"))
  (func (export "is_null") (param externref) (result i32) (ref.is_null (local.get 0)))
  (func $itself (export "reference") (result funcref) (ref.func $itself)))
