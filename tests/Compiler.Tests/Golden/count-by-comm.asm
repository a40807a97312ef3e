program sys_enter_opena (tracepoint, 33 instructions)
    0: r1 = r10                                     ; comm
    1: r1 += -16
    2: r2 = 16
    3: call GetCurrentComm
    4: r1 = map @                                   ; < count() by comm >
    6: r2 = r10
    7: r2 += -16
    8: call MapLookupElement
    9: if r0 != 0 goto 28
   10: *(u64 *)(r10 - 24) = 0
   11: r5 = *(u64 *)(r10 - 24)
   12: r5 += 1
   13: *(u64 *)(r10 - 24) = r5
   14: r1 = map @
   16: r2 = r10
   17: r2 += -16
   18: r3 = r10
   19: r3 += -24
   20: r4 = 0
   21: call MapUpdateElement
   22: if r0 == 0 goto 31
   23: r4 = &map losses + 0
   25: r5 = 1
   26: lock *(u64 *)(r4 + 0) += r5
   27: goto 31
   28: r5 = *(u64 *)(r0 + 0)
   29: r5 += 1
   30: *(u64 *)(r0 + 0) = r5
   31: r0 = 0
   32: exit

