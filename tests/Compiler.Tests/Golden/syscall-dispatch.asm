program sys_enter__ (rawtracepoint, 39 instructions)
    0: r4 = *(u64 *)(r1 + 8)                        ; tracepoint:syscalls:sys_enter_*
    1: if r4 > 309 goto 37
    2: r4 <<= 2
    3: r5 = &map syscalls + 0
    5: r5 += r4
    6: r5 = *(u32 *)(r5 + 0)
    7: if r5 == 0 goto 37
    8: r5 -= 1                                      ; probe
    9: *(u32 *)(r10 - 8) = r5
   10: r1 = map @                                   ; @[probe] = count()
   12: r2 = r10
   13: r2 += -8
   14: call MapLookupElement
   15: if r0 != 0 goto 34
   16: *(u64 *)(r10 - 16) = 0
   17: r5 = *(u64 *)(r10 - 16)
   18: r5 += 1
   19: *(u64 *)(r10 - 16) = r5
   20: r1 = map @
   22: r2 = r10
   23: r2 += -8
   24: r3 = r10
   25: r3 += -16
   26: r4 = 0
   27: call MapUpdateElement
   28: if r0 == 0 goto 37
   29: r4 = &map losses + 0
   31: r5 = 1
   32: lock *(u64 *)(r4 + 0) += r5
   33: goto 37
   34: r5 = *(u64 *)(r0 + 0)
   35: r5 += 1
   36: *(u64 *)(r0 + 0) = r5
   37: r0 = 0
   38: exit

