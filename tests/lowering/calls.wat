;; Locals that become parameters are copied by the call itself, up to two; its result goes into the local that it is for; the
;; last operation returns its result.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (table 1 funcref)
  (func $sum (param i32 i32 i32) (result i32) (local i32)
    (local.set 3 (call $difference (local.get 0) (local.get 1)))
    (local.set 3 (call_indirect (type $binary) (local.get 2) (local.get 3) (i32.const 0)))
    (i32.add (local.get 3) (call $first (local.get 0) (local.get 1) (local.get 2))))
  (func $difference (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
  (func $first (param i32 i32 i32) (result i32) (local.get 0)))

;; --- slot code ---
;; function 0, frame 8
;;    2 call, copy 2                     3 4 0 0 | (address) | 281496451547140
;;    6 constant                         6 0 0 0 | 0
;;    9 call_indirect s, copy 2          3 4 6 6 | (address) | 0 | 844446405099524
;;   14 copy 3                           5 0 6 1 | 131079
;;   17 call                             5 5 0 0 | (address)
;;   20 i32.add as>return                4 0 3 0
;; function 1, frame 4
;;    2 i32.sub ss>return                2 0 1 0
;; function 2, frame 4
;;    2 return s                         0 0 0 0
