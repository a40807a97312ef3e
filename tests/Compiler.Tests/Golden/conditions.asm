program sched_switch (tracepoint, 57 instructions)
    0: r6 = r1                                      ; tracepoint:sched:sched_switch
    1: r3 = r6                                      ; args.prev_comm
    2: r3 += 8
    3: *(u64 *)(r10 - 16) = 0
    4: *(u64 *)(r10 - 8) = 0
    5: r1 = r10
    6: r1 += -16
    7: r2 = 16
    8: call ProbeReadKernelString
    9: r1 = map @                                   ; @[args.prev_comm] = count()
   11: r2 = r10
   12: r2 += -16
   13: call MapLookupElement
   14: if r0 != 0 goto 33
   15: *(u64 *)(r10 - 24) = 0
   16: r5 = *(u64 *)(r10 - 24)
   17: r5 += 1
   18: *(u64 *)(r10 - 24) = r5
   19: r1 = map @
   21: r2 = r10
   22: r2 += -16
   23: r3 = r10
   24: r3 += -24
   25: r4 = 0
   26: call MapUpdateElement
   27: if r0 == 0 goto 36
   28: r4 = &map losses + 0
   30: r5 = 1
   31: lock *(u64 *)(r4 + 0) += r5
   32: goto 36
   33: r5 = *(u64 *)(r0 + 0)
   34: r5 += 1
   35: *(u64 *)(r0 + 0) = r5
   36: r5 = *(u32 *)(r6 + 24)                       ; args.prev_pid
   37: r5 <<= 32
   38: r5 s>>= 32
   39: if r5 != 5 goto 50                           ; args.prev_pid == 5
   40: r5 = *(u32 *)(r6 + 56)                       ; args.next_pid
   41: r5 <<= 32
   42: r5 s>>= 32
   43: if r5 == 6 goto 50                           ; args.next_pid != 6
   44: r4 = 1                                       ; @a++
   45: r5 = &map @a + 0
   47: *(u64 *)(r5 + 8) = 1
   48: lock *(u64 *)(r5 + 0) += r4
   49: goto 55                                      ; if (args.prev_pid == 5 && args.next_pid != 6) { @a++; } e...
   50: r4 = 2                                       ; 2
   51: r5 = &map @b + 0                             ; @b += 2
   53: *(u64 *)(r5 + 8) = 1
   54: lock *(u64 *)(r5 + 0) += r4
   55: r0 = 0
   56: exit

