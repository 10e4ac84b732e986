;; An operand that is still in its local is saved before the local is overwritten.
(module
  (func (param $x i32) (result i32)
    (local.get $x)
    (local.set $x (i32.mul (local.get $x) (i32.const 3)))
    (i32.sub (local.get $x))))

;; --- slot code ---
;; function 0, frame 4
;;    2 copy 1                           1 0 0 0
;;    4 i32.mul si>s                     0 0 3 0
;;    6 i32.sub sa>return                1 1 0 0
