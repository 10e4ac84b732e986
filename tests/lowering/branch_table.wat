;; A label that needs its value moved is reached through a trampoline; the others directly.
(module
  (func (param i32) (result i32)
    (block $out (result i32)
      (block $two
        (block $one
          (br_table $one $two $one (local.get 0)))
        (br $out (i32.const 1)))
      (i32.const 2)))
  (func (param i32) (result i32)
    (block $a (result i32)
      (block $b (result i32)
        (br_table $a $b $a (local.get 0) (local.get 0)))
      (i32.const 1)
      (i32.add))))

;; --- slot code ---
;; function 0, frame 2
;;    2 br_table s                       0 0 2 0 | 309237645344 | 32
;;    6 constant                         1 0 0 0 | 1
;;    9 br                               0 0 40 0
;;   11 constant                         1 0 0 0 | 2
;;   14 return s                         0 1 0 0
;; function 1, frame 3
;;    2 br_table s                       0 0 2 0 | 274877906976 | 32
;;    6 copy 1                           1 0 0 0
;;    8 br                               0 0 64 0
;;   10 copy 1                           1 0 0 0
;;   12 br                               0 0 16 0
;;   14 i32.add si>s                     1 1 1 0
;;   16 return s                         0 1 0 0
