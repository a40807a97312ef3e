program sys_exit_read (tracepoint, 53 instructions)
    0: r7 = *(u64 *)(r1 + 16)                       ; retval
    1: r6 = *(u64 *)(r1 + 16)                       ; retval
    2: *(u32 *)(r10 - 20) = 0                       ; < count(), avg(retval), max(retval) by comm, pid top 3 >
    3: call GetCurrentTaskBtf                       ; comm
    4: r5 = *(u64 *)(r0 + 2000)
    5: *(u64 *)(r10 - 16) = r5
    6: r5 = *(u64 *)(r0 + 2008)
    7: *(u64 *)(r10 - 8) = r5
    8: call GetCurrentPidTgid                       ; pid
    9: r0 >>= 32
   10: *(u32 *)(r10 - 24) = r0
   11: r1 = map @                                   ; < count(), avg(retval), max(retval) by comm, pid top 3 >
   13: r2 = r10
   14: r2 += -24
   15: call MapLookupElement
   16: if r0 != 0 goto 36
   17: r3 = &map zeros + 0
   19: r1 = map @
   21: r2 = r10
   22: r2 += -24
   23: r4 = 1
   24: call MapUpdateElement
   25: r1 = map @
   27: r2 = r10
   28: r2 += -24
   29: call MapLookupElement
   30: if r0 != 0 goto 36
   31: r4 = &map losses + 0
   33: r5 = 1
   34: lock *(u64 *)(r4 + 0) += r5
   35: goto 51
   36: r5 = *(u64 *)(r0 + 0)
   37: r5 += 1
   38: *(u64 *)(r0 + 0) = r5
   39: r5 = *(u64 *)(r0 + 8)
   40: r5 += r7
   41: *(u64 *)(r0 + 8) = r5
   42: r5 = *(u64 *)(r0 + 16)
   43: r5 += 1
   44: *(u64 *)(r0 + 16) = r5
   45: r5 = *(u64 *)(r0 + 32)
   46: if r5 == 0 goto 49
   47: r5 = *(u64 *)(r0 + 24)
   48: if r5 s>= r6 goto 51
   49: *(u64 *)(r0 + 24) = r6
   50: *(u64 *)(r0 + 32) = 1
   51: r0 = 0
   52: exit

