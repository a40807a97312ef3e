program sys_enter_read (tracepoint, 20 instructions)
    0: call KtimeGetBootNs                          ; nsecs
    1: *(u64 *)(r10 - 8) = r0
    2: call GetCurrentPidTgid                       ; tid
    3: w0 = w0
    4: *(u32 *)(r10 - 16) = r0
    5: r1 = map @t                                  ; @t[tid] = nsecs
    7: r2 = r10
    8: r2 += -16
    9: r3 = r10
   10: r3 += -8
   11: r4 = 0
   12: call MapUpdateElement
   13: if r0 == 0 goto 18
   14: r4 = &map losses + 0
   16: r5 = 1
   17: lock *(u64 *)(r4 + 0) += r5
   18: r0 = 0
   19: exit

program sys_exit_read (tracepoint, 73 instructions)
    0: r6 = 0                                       ; @t[tid]
    1: call GetCurrentPidTgid                       ; tid
    2: w0 = w0
    3: *(u32 *)(r10 - 8) = r0
    4: r1 = map @t                                  ; @t[tid]
    6: r2 = r10
    7: r2 += -8
    8: call MapLookupElement
    9: if r0 == 0 goto 11
   10: r6 = *(u64 *)(r0 + 0)
   11: if r6 == 0 goto 71                           ; tracepoint:syscalls:sys_exit_read
   12: call KtimeGetBootNs                          ; nsecs
   13: r7 = r0                                      ; nsecs - @t[tid]
   14: r7 -= r6
   15: *(u32 *)(r10 - 16) = 0                       ; @ = hist(nsecs - @t[tid])
   16: r1 = map @
   18: r2 = r10
   19: r2 += -16
   20: call MapLookupElement
   21: if r0 == 0 goto 71
   22: r5 = 0
   23: if r7 s< 0 goto 58
   24: r5 = r7
   25: r5 += 1
   26: if r7 < 1 goto 58
   27: r3 = r7
   28: r5 = 2
   29: r4 = r3
   30: r4 >>= 32
   31: if r4 == 0 goto 34
   32: r5 += 32
   33: r3 = r4
   34: r4 = r3
   35: r4 >>= 16
   36: if r4 == 0 goto 39
   37: r5 += 16
   38: r3 = r4
   39: r4 = r3
   40: r4 >>= 8
   41: if r4 == 0 goto 44
   42: r5 += 8
   43: r3 = r4
   44: r4 = r3
   45: r4 >>= 4
   46: if r4 == 0 goto 49
   47: r5 += 4
   48: r3 = r4
   49: r4 = r3
   50: r4 >>= 2
   51: if r4 == 0 goto 54
   52: r5 += 2
   53: r3 = r4
   54: r4 = r3
   55: r4 >>= 1
   56: if r4 == 0 goto 58
   57: r5 += 1
   58: if r5 > 64 goto 64
   59: r5 <<= 3
   60: r5 += r0
   61: r4 = *(u64 *)(r5 + 0)
   62: r4 += 1
   63: *(u64 *)(r5 + 0) = r4
   64: *(u64 *)(r0 + 520) = 1
   65: r1 = map @t                                  ; delete(@t, tid)
   67: r2 = r10
   68: r2 += -8
   69: call MapDeleteElement
   70: if r0 != 0 goto 71
   71: r0 = 0
   72: exit

