program sys_enter__ (rawtracepoint, 59 instructions)
    0: r4 = *(u64 *)(r1 + 8)                        ; tracepoint:syscalls:sys_enter_*
    1: if r4 > 309 goto 57
    2: r4 <<= 2
    3: r5 = &map syscalls + 0
    5: r5 += r4
    6: r5 = *(u32 *)(r5 + 0)
    7: if r5 == 0 goto 57
    8: r5 -= 1                                      ; probe
    9: *(u32 *)(r10 - 8) = r5
   10: r6 = *(u32 *)(r10 - 8)                       ; @[probe] = count()
   11: r7 = r6
   12: r7 *= -1640531535
   13: w7 >>= 22
   14: call GetSmpProcessorId
   15: r0 <<= 10
   16: r7 |= r0
   17: r7 &= 2047
   18: r7 *= 24
   19: r4 = &map @ + 0
   21: r4 += r7
   22: r5 = *(u64 *)(r4 + 16)
   23: if r5 != 0 goto 26
   24: *(u32 *)(r4 + 8) = r6
   25: goto 28
   26: r5 = *(u32 *)(r4 + 8)
   27: if r5 != r6 goto 33
   28: r5 = *(u64 *)(r4 + 0)
   29: r5 += 1
   30: *(u64 *)(r4 + 0) = r5
   31: *(u64 *)(r4 + 16) = 1
   32: goto 57
   33: r1 = map @
   35: r2 = r10
   36: r2 += -8
   37: call MapLookupElement
   38: if r0 != 0 goto 54
   39: *(u64 *)(r10 - 16) = 1
   40: r1 = map @
   42: r2 = r10
   43: r2 += -8
   44: r3 = r10
   45: r3 += -16
   46: r4 = 0
   47: call MapUpdateElement
   48: if r0 == 0 goto 57
   49: r4 = &map losses + 0
   51: r5 = 1
   52: lock *(u64 *)(r4 + 0) += r5
   53: goto 57
   54: r5 = *(u64 *)(r0 + 0)
   55: r5 += 1
   56: *(u64 *)(r0 + 0) = r5
   57: r0 = 0
   58: exit

