program sys_enter_opena (tracepoint, 34 instructions)
    0: call GetCurrentTaskBtf                       ; comm
    1: r5 = *(u64 *)(r0 + 2000)
    2: *(u64 *)(r10 - 16) = r5
    3: r5 = *(u64 *)(r0 + 2008)
    4: *(u64 *)(r10 - 8) = r5
    5: r1 = map @                                   ; < count() by comm >
    7: r2 = r10
    8: r2 += -16
    9: call MapLookupElement
   10: if r0 != 0 goto 29
   11: *(u64 *)(r10 - 24) = 0
   12: r5 = *(u64 *)(r10 - 24)
   13: r5 += 1
   14: *(u64 *)(r10 - 24) = r5
   15: r1 = map @
   17: r2 = r10
   18: r2 += -16
   19: r3 = r10
   20: r3 += -24
   21: r4 = 0
   22: call MapUpdateElement
   23: if r0 == 0 goto 32
   24: r4 = &map losses + 0
   26: r5 = 1
   27: lock *(u64 *)(r4 + 0) += r5
   28: goto 32
   29: r5 = *(u64 *)(r0 + 0)
   30: r5 += 1
   31: *(u64 *)(r0 + 0) = r5
   32: r0 = 0
   33: exit

