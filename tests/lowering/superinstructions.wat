;; What two instructions make of one: an element of an array and the operation on it, a pointer's pointer, the store of what was
;; just computed, a comparison that selects, the moves of a C function's stack pointer.
(module (memory 1) (global $stack_pointer (mut i32) (i32.const 65536))
  (func (param i32 i32 f64) (result f64)
    (f64.mul (f64.load offset=8 (i32.add (local.get 0) (local.get 1))) (local.get 2)))
  (func (param i32) (result i32)
    (i32.load offset=4 (i32.load offset=8 (local.get 0))))
  (func (param i32 i32)
    (i32.store (local.get 0) (i32.add (local.get 1) (i32.const 1)))
    (i32.store offset=4 (local.get 0) (local.tee 1 (i32.xor (local.get 1) (local.get 0)))))
  (func (param i32 i32) (result i32)
    (select (local.get 0) (local.get 1) (i32.gt_s (local.get 0) (local.get 1))))
  (func (local i32)
    (global.set $stack_pointer (local.tee 0 (i32.sub (global.get $stack_pointer) (i32.const 16))))
    (i32.store8 (local.get 0) (i32.const 1))
    (global.set $stack_pointer (i32.add (local.get 0) (i32.const 16)))))

;; --- slot code ---
;; function 0, frame 5
;;    2 f64.load +, f64.mul sss>a        3 0 8 0 | 8589934593
;;    5 return af                        0 3 0 0
;; function 1, frame 2
;;    2 i32.load, i32.load s>return      1 0 4 0 | 8
;; function 2, frame 5
;;    2 i32.add, i32.store sis>a         0 1 0 0 | 1
;;    5 i32.xor, i32.store sss>s         1 1 4 0 | 0
;;    8 return                           0 0 0 0
;; function 3, frame 6
;;    2 i32.gt_s, select ss>a            2 0 1 0 | 1
;;    5 return a                         0 2 0 0
;; function 4, frame 3
;;    2 global.get, i32.sub, global.set i>s 0 0 16 0 | 0
;;    5 i32.store8 ia                    0 0 0 0 | 1
;;    8 i32.add, global.set ai, return   0 0 16 0 | 0
