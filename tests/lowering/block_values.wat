;; Values that a branch carries are moved to where the block's results are expected; where they are there already, the branch
;; is one instruction.
(module
  (func (param i32) (result i32)
    (block (result i32)
      (br_if 0 (i32.add (local.get 0) (i32.const 1)) (local.get 0))
      (drop)
      (br_if 0 (i32.const 7) (i32.eqz (local.get 0)))))
  (func (param i32 i64) (result i64 i32)
    (local.get 1)
    (local.get 0)))

;; --- slot code ---
;; function 0, frame 3
;;    2 i32.add si>s                     1 0 1 0
;;    4 br_if s                          0 0 104 0
;;    6 br_unless i32.eq si              0 0 64 0 | 0
;;    9 constant                         1 0 0 0 | 7
;;   12 br                               0 0 40 0
;;   14 constant                         1 0 0 0 | 7
;;   17 return s                         0 1 0 0
;; function 1, frame 4
;;    2 copy 2                           2 1 3 0
;;    4 return_many                      0 2 2 0
