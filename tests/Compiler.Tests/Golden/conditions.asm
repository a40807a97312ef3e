program sched_switch (tracepoint, 83 instructions)
    0: r6 = r1                                      ; tracepoint:sched:sched_switch
    1: r3 = r6                                      ; args.prev_comm
    2: r3 += 8
    3: *(u64 *)(r10 - 16) = 0
    4: *(u64 *)(r10 - 8) = 0
    5: r1 = r10
    6: r1 += -16
    7: r2 = 16
    8: call ProbeReadKernelString
    9: r8 = *(u64 *)(r10 - 16)                      ; @[args.prev_comm] = count()
   10: r7 = *(u64 *)(r10 - 8)
   11: r9 = r8
   12: r9 *= -1640531535
   13: r9 += r7
   14: r9 *= -1640531535
   15: w9 >>= 22
   16: call GetSmpProcessorId
   17: r0 <<= 10
   18: r9 |= r0
   19: r9 &= 2047
   20: r9 *= 32
   21: r4 = &map @ + 0
   23: r4 += r9
   24: r5 = *(u64 *)(r4 + 24)
   25: if r5 != 0 goto 29
   26: *(u64 *)(r4 + 8) = r8
   27: *(u64 *)(r4 + 16) = r7
   28: goto 33
   29: r5 = *(u64 *)(r4 + 8)
   30: if r5 != r8 goto 38
   31: r5 = *(u64 *)(r4 + 16)
   32: if r5 != r7 goto 38
   33: r5 = *(u64 *)(r4 + 0)
   34: r5 += 1
   35: *(u64 *)(r4 + 0) = r5
   36: *(u64 *)(r4 + 24) = 1
   37: goto 62
   38: r1 = map @
   40: r2 = r10
   41: r2 += -16
   42: call MapLookupElement
   43: if r0 != 0 goto 59
   44: *(u64 *)(r10 - 24) = 1
   45: r1 = map @
   47: r2 = r10
   48: r2 += -16
   49: r3 = r10
   50: r3 += -24
   51: r4 = 0
   52: call MapUpdateElement
   53: if r0 == 0 goto 62
   54: r4 = &map losses + 0
   56: r5 = 1
   57: lock *(u64 *)(r4 + 0) += r5
   58: goto 62
   59: r5 = *(u64 *)(r0 + 0)
   60: r5 += 1
   61: *(u64 *)(r0 + 0) = r5
   62: r5 = *(u32 *)(r6 + 24)                       ; args.prev_pid
   63: r5 <<= 32
   64: r5 s>>= 32
   65: if r5 != 5 goto 76                           ; args.prev_pid == 5
   66: r5 = *(u32 *)(r6 + 56)                       ; args.next_pid
   67: r5 <<= 32
   68: r5 s>>= 32
   69: if r5 == 6 goto 76                           ; args.next_pid != 6
   70: r4 = 1                                       ; @a++
   71: r5 = &map @a + 0
   73: *(u64 *)(r5 + 8) = 1
   74: lock *(u64 *)(r5 + 0) += r4
   75: goto 81                                      ; if (args.prev_pid == 5 && args.next_pid != 6) { @a++; } e...
   76: r4 = 2                                       ; 2
   77: r5 = &map @b + 0                             ; @b += 2
   79: *(u64 *)(r5 + 8) = 1
   80: lock *(u64 *)(r5 + 0) += r4
   81: r0 = 0
   82: exit

