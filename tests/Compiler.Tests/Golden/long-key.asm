program sys_enter_opena (tracepoint, 54 instructions)
    0: r7 = r1                                      ; tracepoint:syscalls:sys_enter_openat
    1: *(u32 *)(r10 - 8) = 0                        ; @[str(args.filename)] = count()
    2: r1 = map scratch
    4: r2 = r10
    5: r2 += -8
    6: call MapLookupElement
    7: r6 = r0
    8: if r6 == 0 goto 52
    9: r2 = *(u64 *)(r6 + 1032)                     ; str(args.filename)
   10: if r2 s<= 0 goto 16
   11: if r2 > 1032 goto 16
   12: r3 = &map zeros + 0
   14: r1 = r6
   15: call ProbeReadKernel
   16: r3 = *(u64 *)(r7 + 24)                       ; args.filename
   17: r1 = r6                                      ; str(args.filename)
   18: r2 = 1025
   19: call ProbeReadUserString
   20: if r0 s< 1025 goto 25
   21: r4 = &map losses + 0
   23: r5 = 1
   24: lock *(u64 *)(r4 + 0) += r5
   25: *(u64 *)(r6 + 1032) = r0
   26: r7 = map @                                   ; @[str(args.filename)] = count()
   28: r5 = *(u8 *)(r6 + 63)
   29: if r5 == 0 goto 32
   30: r7 = map @
   32: r1 = r7
   33: r2 = r6
   34: call MapLookupElement
   35: if r0 != 0 goto 49
   36: *(u64 *)(r10 - 8) = 1
   37: r1 = r7
   38: r2 = r6
   39: r3 = r10
   40: r3 += -8
   41: r4 = 0
   42: call MapUpdateElement
   43: if r0 == 0 goto 52
   44: r4 = &map losses + 8
   46: r5 = 1
   47: lock *(u64 *)(r4 + 0) += r5
   48: goto 52
   49: r5 = *(u64 *)(r0 + 0)
   50: r5 += 1
   51: *(u64 *)(r0 + 0) = r5
   52: r0 = 0
   53: exit

