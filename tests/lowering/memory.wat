;; Address and value may be in the two accumulators at once; a constant value is in the code.
(module (memory 1)
  (func (param i32 f64)
    (f64.store offset=8 (i32.add (local.get 0) (i32.const 16))
                        (f64.mul (local.get 1) (f64.const 0.5)))
    (i32.store8 (local.get 0) (i32.const 65))
    (i64.store (local.get 0) (i64.load32_u offset=4 (local.get 0)))))

;; --- slot code ---
;; function 0, frame 5
;;    2 i32.add si>a                     2 0 16 0
;;    4 f64.mul si>a                     3 1 0 0 | 4602678819172646912
;;    7 f64.store aa                     0 0 8 0
;;    9 i32.store8 is                    0 0 0 0 | 65
;;   12 i64.load32_u s>a                 3 0 4 0
;;   14 i64.store as                     0 0 0 0
;;   16 return                           0 0 0 0
