;; A C function's frame on the stack of linear memory: taken by one instruction, and given back by the one that returns. Not where
;; another path arrives at the return.
(module (memory 1) (global $stack_pointer (mut i32) (i32.const 65536)) (global $other (mut i32) (i32.const 0))
  (func (param i32) (local i32)
    (global.set $stack_pointer (local.tee 1 (i32.sub (global.get $stack_pointer) (i32.const 16))))
    (i32.store (local.get 1) (local.get 0))
    (global.set $stack_pointer (i32.add (local.get 1) (i32.const 16))))
  (func (param i32) (result i32) (local i32)
    (global.set $stack_pointer (local.tee 1 (i32.sub (global.get $stack_pointer) (i32.const 16))))
    (local.set 0 (i32.load offset=8 (local.get 1)))
    (global.set $stack_pointer (i32.add (local.get 1) (i32.const 16)))
    (local.get 0))
  (func (param f64 i32) (result f64)
    (global.set $stack_pointer (i32.add (local.get 1) (i32.const 16)))
    (local.get 0))
  (func (param i32)
    (block
      (br_if 0 (local.get 0))
      (global.set $stack_pointer (i32.add (local.get 0) (i32.const 16)))))
  (func
    (global.set $other (i32.add (global.get $stack_pointer) (i32.const 1)))
    (global.set $other (i32.add (global.get $other) (i32.const 1))))
  (func (param i32) (result i32) (local i32)
    (i32.xor (local.get 0)
      (global.get $other (global.set $other (local.tee 0 (i32.add (global.get $other) (i32.const 1))))))))

;; --- slot code ---
;; function 0, frame 4
;;    2 global.get, i32.sub, global.set i>s 1 0 16 0 | 0
;;    5 i32.store sa                     0 0 0 0
;;    7 i32.add, global.set ai, return   0 0 16 0 | 0
;; function 1, frame 4
;;    2 global.get, i32.sub, global.set i>s 1 0 16 0 | 0
;;    5 i32.load a>s                     0 0 8 0
;;    7 i32.add, global.set si, return a 0 1 16 0 | 0
;; function 2, frame 4
;;    2 i32.add, global.set si, return sf 0 1 16 0 | 0
;; function 3, frame 3
;;    2 br_if s                          0 0 40 0
;;    4 i32.add, global.set si>a         0 0 16 0 | 0
;;    7 return                           0 0 0 0
;; function 4, frame 2
;;    2 global.get >a                    0 0 0 0 | 0
;;    5 i32.add, global.set ai>a         0 0 1 0 | 1
;;    8 global.get, i32.add, global.set i>a 0 0 1 0 | 1
;;   11 return                           0 0 0 0
;; function 5, frame 5
;;    2 global.get >a                    3 0 0 0 | 1
;;    5 copy 1                           2 0 0 0
;;    7 i32.add, global.set ai>s         0 0 1 0 | 1
;;   10 global.get >a                    3 0 0 0 | 1
;;   13 i32.xor as>return                2 0 2 0
