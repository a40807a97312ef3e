program begin (rawtracepoint, 45 instructions)
    0: call GetCurrentPidTgid                       ; pid
    1: r0 >>= 32
    2: *(u64 *)(r10 - 32) = 0                       ; printf("%d %s\n", pid, comm)
    3: *(u32 *)(r10 - 24) = r0
    4: call GetCurrentTaskBtf                       ; comm
    5: r5 = *(u64 *)(r0 + 2000)
    6: *(u64 *)(r10 - 16) = r5
    7: r5 = *(u64 *)(r0 + 2008)
    8: *(u64 *)(r10 - 8) = r5
    9: r1 = map events                              ; printf("%d %s\n", pid, comm)
   11: r2 = r10
   12: r2 += -32
   13: r3 = 32
   14: r4 = 0
   15: call RingbufOutput
   16: if r0 == 0 goto 21
   17: r4 = &map losses + 0
   19: r5 = 1
   20: lock *(u64 *)(r4 + 0) += r5
   21: *(u16 *)(r10 - 6) = 0                        ; (1, "a")
   22: *(u16 *)(r10 - 4) = 0
   23: *(u16 *)(r10 - 2) = 0
   24: *(u64 *)(r10 - 16) = 1                       ; 1
   25: *(u16 *)(r10 - 8) = 97                       ; "a"
   26: *(u64 *)(r10 - 40) = 1                       ; print((1, "a"))
   27: r5 = *(u64 *)(r10 - 16)
   28: *(u64 *)(r10 - 32) = r5
   29: r5 = *(u64 *)(r10 - 8)
   30: *(u64 *)(r10 - 24) = r5
   31: r1 = map events
   33: r2 = r10
   34: r2 += -40
   35: r3 = 24
   36: r4 = 0
   37: call RingbufOutput
   38: if r0 == 0 goto 43
   39: r4 = &map losses + 0
   41: r5 = 1
   42: lock *(u64 *)(r4 + 0) += r5
   43: r0 = 0
   44: exit

program 1 (rawtracepoint, 67 instructions)
    0: r1 = map events                              ; print(@)
    2: r2 = 3
    3: call RingbufQuery
    4: r6 = r0
    5: r1 = map orders
    7: r2 = 16
    8: r3 = 0
    9: call RingbufReserve
   10: r1 = r0
   11: if r1 != 0 goto 17
   12: r4 = &map losses + 8
   14: r5 = 1
   15: lock *(u64 *)(r4 + 0) += r5
   16: goto 21
   17: *(u64 *)(r1 + 0) = 0
   18: *(u64 *)(r1 + 8) = r6
   19: r2 = 0
   20: call RingbufSubmit
   21: r1 = map events                              ; clear(@)
   23: r2 = 3
   24: call RingbufQuery
   25: r6 = r0
   26: r1 = map orders
   28: r2 = 16
   29: r3 = 0
   30: call RingbufReserve
   31: r1 = r0
   32: if r1 != 0 goto 38
   33: r4 = &map losses + 8
   35: r5 = 1
   36: lock *(u64 *)(r4 + 0) += r5
   37: goto 42
   38: *(u64 *)(r1 + 0) = 1
   39: *(u64 *)(r1 + 8) = r6
   40: r2 = 0
   41: call RingbufSubmit
   42: r7 = 0                                       ; exit()
   43: r1 = map events
   45: r2 = 3
   46: call RingbufQuery
   47: r6 = r0
   48: r1 = map orders
   50: r2 = 24
   51: r3 = 0
   52: call RingbufReserve
   53: r1 = r0
   54: if r1 != 0 goto 60
   55: r4 = &map losses + 8
   57: r5 = 1
   58: lock *(u64 *)(r4 + 0) += r5
   59: goto 65
   60: *(u64 *)(r1 + 0) = 2
   61: *(u64 *)(r1 + 8) = r6
   62: *(u64 *)(r1 + 16) = r7
   63: r2 = 0
   64: call RingbufSubmit
   65: r0 = 0
   66: exit

program end (rawtracepoint, 13 instructions)
    0: *(u32 *)(r10 - 8) = 0                        ; @ = count()
    1: r1 = map @
    3: r2 = r10
    4: r2 += -8
    5: call MapLookupElement
    6: if r0 == 0 goto 11
    7: r5 = *(u64 *)(r0 + 0)
    8: r5 += 1
    9: *(u64 *)(r0 + 0) = r5
   10: *(u64 *)(r0 + 8) = 1
   11: r0 = 0
   12: exit

