program sys_exit_read (tracepoint, 52 instructions)
    0: r7 = *(u64 *)(r1 + 16)                       ; retval
    1: r6 = *(u64 *)(r1 + 16)                       ; retval
    2: call GetCurrentTaskBtf                       ; comm
    3: r5 = *(u64 *)(r0 + 2000)
    4: *(u64 *)(r10 - 24) = r5
    5: r5 = *(u64 *)(r0 + 2008)
    6: *(u64 *)(r10 - 16) = r5
    7: call GetCurrentPidTgid                       ; pid
    8: r0 >>= 32
    9: *(u32 *)(r10 - 8) = r0
   10: r1 = map @                                   ; < count(), avg(retval), max(retval) by comm, pid top 3 >
   12: r2 = r10
   13: r2 += -24
   14: call MapLookupElement
   15: if r0 != 0 goto 35
   16: r3 = &map zeros + 0
   18: r1 = map @
   20: r2 = r10
   21: r2 += -24
   22: r4 = 1
   23: call MapUpdateElement
   24: r1 = map @
   26: r2 = r10
   27: r2 += -24
   28: call MapLookupElement
   29: if r0 != 0 goto 35
   30: r4 = &map losses + 0
   32: r5 = 1
   33: lock *(u64 *)(r4 + 0) += r5
   34: goto 50
   35: r5 = *(u64 *)(r0 + 0)
   36: r5 += 1
   37: *(u64 *)(r0 + 0) = r5
   38: r5 = *(u64 *)(r0 + 8)
   39: r5 += r7
   40: *(u64 *)(r0 + 8) = r5
   41: r5 = *(u64 *)(r0 + 16)
   42: r5 += 1
   43: *(u64 *)(r0 + 16) = r5
   44: r5 = *(u64 *)(r0 + 32)
   45: if r5 == 0 goto 48
   46: r5 = *(u64 *)(r0 + 24)
   47: if r5 s>= r6 goto 50
   48: *(u64 *)(r0 + 24) = r6
   49: *(u64 *)(r0 + 32) = 1
   50: r0 = 0
   51: exit

