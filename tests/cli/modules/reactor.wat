;; SPDX-License-Identifier: Apache-2.0
;; Its functions are right only after _initialize.
(module
  (global $state (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $state (i32.const 42)))
  (func (export "state") (result i32) (global.get $state)))
