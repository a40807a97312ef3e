program sys_enter_read (tracepoint, 20 instructions)
    0: call KtimeGetBootNs                          ; nsecs
    1: *(u64 *)(r10 - 8) = r0
    2: call GetCurrentPidTgid                       ; tid
    3: w:r0 = r0
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

program sys_exit_read (tracepoint, 82 instructions)
    0: r6 = 0                                       ; @t[tid]
    1: call GetCurrentPidTgid                       ; tid
    2: w:r0 = r0
    3: *(u32 *)(r10 - 8) = r0
    4: r1 = map @t                                  ; @t[tid]
    6: r2 = r10
    7: r2 += -8
    8: call MapLookupElement
    9: if r0 == 0 goto 12
   10: r5 = *(u64 *)(r0 + 0)
   11: r6 = r5
   12: if r6 == 0 goto 80                           ; tracepoint:syscalls:sys_exit_read
   13: call KtimeGetBootNs                          ; nsecs
   14: r6 = r0                                      ; nsecs - @t[tid]
   15: r7 = 0                                       ; @t[tid]
   16: r1 = map @t
   18: r2 = r10
   19: r2 += -8
   20: call MapLookupElement
   21: if r0 == 0 goto 24
   22: r5 = *(u64 *)(r0 + 0)
   23: r7 = r5
   24: r6 -= r7                                     ; nsecs - @t[tid]
   25: *(u32 *)(r10 - 16) = 0                       ; @ = hist(nsecs - @t[tid])
   26: r1 = map @
   28: r2 = r10
   29: r2 += -16
   30: call MapLookupElement
   31: if r0 == 0 goto 80
   32: r5 = 0
   33: if r6 s< 0 goto 67
   34: r5 = r6
   35: r5 += 1
   36: if r6 < 1 goto 67
   37: r5 = 2
   38: r4 = r6
   39: r4 >>= 32
   40: if r4 == 0 goto 43
   41: r5 += 32
   42: r6 = r4
   43: r4 = r6
   44: r4 >>= 16
   45: if r4 == 0 goto 48
   46: r5 += 16
   47: r6 = r4
   48: r4 = r6
   49: r4 >>= 8
   50: if r4 == 0 goto 53
   51: r5 += 8
   52: r6 = r4
   53: r4 = r6
   54: r4 >>= 4
   55: if r4 == 0 goto 58
   56: r5 += 4
   57: r6 = r4
   58: r4 = r6
   59: r4 >>= 2
   60: if r4 == 0 goto 63
   61: r5 += 2
   62: r6 = r4
   63: r4 = r6
   64: r4 >>= 1
   65: if r4 == 0 goto 67
   66: r5 += 1
   67: if r5 > 64 goto 73
   68: r5 <<= 3
   69: r5 += r0
   70: r4 = *(u64 *)(r5 + 0)
   71: r4 += 1
   72: *(u64 *)(r5 + 0) = r4
   73: *(u64 *)(r0 + 520) = 1
   74: r1 = map @t                                  ; delete(@t, tid)
   76: r2 = r10
   77: r2 += -8
   78: call MapDeleteElement
   79: if r0 != 0 goto 80
   80: r0 = 0
   81: exit

