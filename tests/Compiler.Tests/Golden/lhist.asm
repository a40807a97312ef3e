program sys_enter_read (tracepoint, 45 instructions)
    0: r6 = *(u64 *)(r1 + 32)                       ; args.count
    1: r1 = r10                                     ; comm
    2: r1 += -16
    3: r2 = 16
    4: call GetCurrentComm
    5: r1 = map @                                   ; @[comm] = lhist(args.count, 0, 100, 10)
    7: r2 = r10
    8: r2 += -16
    9: call MapLookupElement
   10: if r0 != 0 goto 30
   11: r3 = &map zeros + 0
   13: r1 = map @
   15: r2 = r10
   16: r2 += -16
   17: r4 = 1
   18: call MapUpdateElement
   19: r1 = map @
   21: r2 = r10
   22: r2 += -16
   23: call MapLookupElement
   24: if r0 != 0 goto 30
   25: r4 = &map losses + 0
   27: r5 = 1
   28: lock *(u64 *)(r4 + 0) += r5
   29: goto 43
   30: r4 = 0
   31: if r6 s< 0 goto 37
   32: r4 = 11
   33: if r6 s>= 100 goto 37
   34: r4 = r6
   35: w:r4 /= 10
   36: r4 += 1
   37: if r4 > 11 goto 43
   38: r4 <<= 3
   39: r4 += r0
   40: r5 = *(u64 *)(r4 + 0)
   41: r5 += 1
   42: *(u64 *)(r4 + 0) = r5
   43: r0 = 0
   44: exit

