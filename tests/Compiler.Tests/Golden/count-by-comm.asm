program sys_enter_opena (tracepoint, 58 instructions)
    0: call GetCurrentTaskBtf                       ; comm
    1: r7 = *(u64 *)(r0 + 2000)
    2: *(u64 *)(r10 - 16) = r7
    3: r6 = *(u64 *)(r0 + 2008)
    4: *(u64 *)(r10 - 8) = r6
    5: r8 = r7                                      ; < count() by comm >
    6: r8 *= -1640531535
    7: r8 += r6
    8: r8 *= -1640531535
    9: w8 >>= 22
   10: call GetSmpProcessorId
   11: r0 <<= 10
   12: r8 |= r0
   13: r8 &= 2047
   14: r8 *= 32
   15: r4 = &map @ + 0
   17: r4 += r8
   18: r5 = *(u64 *)(r4 + 24)
   19: if r5 != 0 goto 23
   20: *(u64 *)(r4 + 8) = r7
   21: *(u64 *)(r4 + 16) = r6
   22: goto 27
   23: r5 = *(u64 *)(r4 + 8)
   24: if r5 != r7 goto 32
   25: r5 = *(u64 *)(r4 + 16)
   26: if r5 != r6 goto 32
   27: r5 = *(u64 *)(r4 + 0)
   28: r5 += 1
   29: *(u64 *)(r4 + 0) = r5
   30: *(u64 *)(r4 + 24) = 1
   31: goto 56
   32: r1 = map @
   34: r2 = r10
   35: r2 += -16
   36: call MapLookupElement
   37: if r0 != 0 goto 53
   38: *(u64 *)(r10 - 24) = 1
   39: r1 = map @
   41: r2 = r10
   42: r2 += -16
   43: r3 = r10
   44: r3 += -24
   45: r4 = 0
   46: call MapUpdateElement
   47: if r0 == 0 goto 56
   48: r4 = &map losses + 0
   50: r5 = 1
   51: lock *(u64 *)(r4 + 0) += r5
   52: goto 56
   53: r5 = *(u64 *)(r0 + 0)
   54: r5 += 1
   55: *(u64 *)(r0 + 0) = r5
   56: r0 = 0
   57: exit

