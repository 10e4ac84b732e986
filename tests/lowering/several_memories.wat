;; Memory 0 is accessed as ever; of other memories there is one form of each access, with the memory's index in the code.
(module (memory 1) (memory 2) (data $greeting "hello")
  (func (param i32) (result i32)
    (i32.store 1 offset=4 (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 1)))
    (i32.load8_u 1 (i32.const 12)))
  (func
    (memory.copy 1 0 (i32.const 0) (i32.const 0) (memory.size 1))
    (memory.init 1 $greeting (i32.const 0) (i32.const 0) (i32.const 5))))

;; --- slot code ---
;; function 0, frame 4
;;    2 i32.load, i32.add si>s           2 0 0 0 | 1
;;    5 i32.store other                  2 0 4 0 | 1
;;    8 constant                         1 0 0 0 | 12
;;   11 i32.load8_u >a other             1 1 0 0 | 1
;;   14 return a                         0 1 0 0
;; function 1, frame 3
;;    2 memory.size >s                   2 0 0 0 | 1
;;    5 constant                         1 0 0 0 | 0
;;    8 constant                         0 0 0 0 | 0
;;   11 memory.copy                      0 1 2 0 | 1
;;   14 constant                         2 0 0 0 | 5
;;   17 constant                         1 0 0 0 | 0
;;   20 constant                         0 0 0 0 | 0
;;   23 memory.init                      0 1 2 0 | 1
;;   26 return                           0 0 0 0
