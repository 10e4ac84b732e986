;; A v128 takes two slots and the whole of the float accumulator, and is forwarded as a float is: a constant is an
;; immediate, a lane is read from the slot, shuffles carry their lanes in the code.
(module (memory 1)
  (global $sum (mut v128) (v128.const i64x2 0 0))
  (func $callee (param v128 v128) (result v128)
    (f32x4.add (local.get 0) (local.get 1)))
  (func (param i32 f32) (result i32) (local v128 v128)
    (local.set 2 (f32x4.mul (v128.load offset=16 (local.get 0)) (v128.const f32x4 2 2 2 2)))
    (v128.store (i32.add (local.get 0) (i32.const 64)) (i32x4.shl (local.get 2) (i32.const 3)))
    (local.set 3 (v128.bitselect (local.get 2) (f32x4.splat (local.get 1)) (v128.load8_splat (local.get 0))))
    (global.set $sum (call $callee (local.get 3) (global.get $sum)))
    (v128.store32_lane offset=4 2 (local.get 0)
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get 2) (local.get 3)))
    (local.set 2 (local.get 3))
    (i32.add
      (i32x4.extract_lane 1 (f32x4.replace_lane 3 (local.get 2) (f32.const 1)))
      (i8x16.bitmask (select (local.get 2) (v128.const i64x2 0 0) (v128.any_true (local.get 3)))))))

;; --- slot code ---
;; function 0, frame 8
;;    2 f32x4.add ss>a                   4 0 2 0
;;    4 return av                        0 4 0 0
;; function 1, frame 13
;;    2 v128.load s>a                    6 0 16 0
;;    4 f32x4.mul ai>s                   2 0 0 0 | 4611686019501129728 | 4611686019501129728
;;    8 i32.add si>a                     6 0 64 0
;;   10 i32x4.shl ai>s                   7 0 3 0
;;   12 v128.store aa                    0 0 0 0
;;   14 f32x4.splat s>s                  8 1 0 0
;;   16 v128.load8_splat s>a             10 0 0 0
;;   18 v128.bitselect ssa>s             4 2 8 0
;;   20 global.get >sv                   8 0 0 0 | 0
;;   23 copy v128                        6 4 0 0
;;   25 call                             6 6 0 0 | (address)
;;   28 global.set sv                    6 0 0 0 | 0
;;   31 i8x16.shuffle ss>s               7 2 4 0 | 1374179596769034496 | 1663540288121341188
;;   35 v128.store32_lane ss             7 0 4 0 | 2
;;   38 copy v128                        2 4 0 0
;;   40 constant                         8 0 0 0 | 1065353216
;;   43 f32x4.replace_lane ss>s          6 2 8 3
;;   45 i32x4.extract_lane s>s           6 6 1 0
;;   47 v128.any_true s>a                11 4 0 0
;;   49 constant v128                    9 0 0 0 | 0 | 0
;;   53 select a>av                      7 2 9 0
;;   55 i8x16.bitmask a>a                7 0 0 0
;;   57 i32.add as>return                6 0 6 0
