(module
  (type $binary (func (param i32 i32) (result i32)))
  (table 2 funcref)
  (global $calls (mut i32) (i32.const 0))
  (func (param i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (call_indirect (type $binary) (local.get 1) (i32.const 4) (i32.and (local.get 0) (i32.const 1)))))

;; --- slot code ---
;; function 0, frame 6
;;    2 global.get, i32.add, global.set i>a 0 0 1 0 | 0
;;    5 i32.and si>a                     4 0 1 0
;;    7 copy 1                           2 1 0 0
;;    9 constant                         3 0 0 0 | 4
;;   12 call_indirect a                  2 2 0 4 | (address) | 0
;;   16 return a                         0 2 0 0
