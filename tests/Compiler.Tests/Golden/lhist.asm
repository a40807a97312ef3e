program sys_enter_read (tracepoint, 46 instructions)
    0: r6 = *(u64 *)(r1 + 32)                       ; args.count
    1: call GetCurrentTaskBtf                       ; comm
    2: r5 = *(u64 *)(r0 + 2000)
    3: *(u64 *)(r10 - 16) = r5
    4: r5 = *(u64 *)(r0 + 2008)
    5: *(u64 *)(r10 - 8) = r5
    6: r1 = map @                                   ; @[comm] = lhist(args.count, 0, 100, 10)
    8: r2 = r10
    9: r2 += -16
   10: call MapLookupElement
   11: if r0 != 0 goto 31
   12: r3 = &map zeros + 0
   14: r1 = map @
   16: r2 = r10
   17: r2 += -16
   18: r4 = 1
   19: call MapUpdateElement
   20: r1 = map @
   22: r2 = r10
   23: r2 += -16
   24: call MapLookupElement
   25: if r0 != 0 goto 31
   26: r4 = &map losses + 0
   28: r5 = 1
   29: lock *(u64 *)(r4 + 0) += r5
   30: goto 44
   31: r4 = 0
   32: if r6 s< 0 goto 38
   33: r4 = 11
   34: if r6 s>= 100 goto 38
   35: r4 = r6
   36: w4 /= 10
   37: r4 += 1
   38: if r4 > 11 goto 44
   39: r4 <<= 3
   40: r4 += r0
   41: r5 = *(u64 *)(r4 + 0)
   42: r5 += 1
   43: *(u64 *)(r4 + 0) = r5
   44: r0 = 0
   45: exit

