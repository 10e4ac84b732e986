;; SPDX-License-Identifier: Apache-2.0
(module (func (export "_start") (param i32)))
