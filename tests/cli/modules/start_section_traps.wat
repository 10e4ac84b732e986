;; SPDX-License-Identifier: Apache-2.0
(module
  (func $at_once unreachable)
  (start $at_once)
  (func (export "_start")))
