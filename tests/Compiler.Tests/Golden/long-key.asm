program sys_enter_opena (tracepoint, 50 instructions)
    0: r7 = r1                                      ; tracepoint:syscalls:sys_enter_openat
    1: *(u32 *)(r10 - 8) = 0                        ; @[str(args.filename)] = count()
    2: r1 = map scratch
    4: r2 = r10
    5: r2 += -8
    6: call MapLookupElement
    7: r6 = r0
    8: if r6 == 0 goto 48
    9: r7 = *(u64 *)(r7 + 24)                       ; args.filename
   10: r2 = *(u64 *)(r6 + 1024)                     ; str(args.filename)
   11: if r2 s<= 0 goto 17
   12: if r2 > 1024 goto 17
   13: r3 = &map zeros + 0
   15: r1 = r6
   16: call ProbeReadKernel
   17: r1 = r6
   18: r2 = 1024
   19: r3 = r7
   20: call ProbeReadUserString
   21: *(u64 *)(r6 + 1024) = r0
   22: r7 = map @                                   ; @[str(args.filename)] = count()
   24: r5 = *(u8 *)(r6 + 63)
   25: if r5 == 0 goto 28
   26: r7 = map @
   28: r1 = r7
   29: r2 = r6
   30: call MapLookupElement
   31: if r0 != 0 goto 45
   32: *(u64 *)(r10 - 8) = 1
   33: r1 = r7
   34: r2 = r6
   35: r3 = r10
   36: r3 += -8
   37: r4 = 0
   38: call MapUpdateElement
   39: if r0 == 0 goto 48
   40: r4 = &map losses + 0
   42: r5 = 1
   43: lock *(u64 *)(r4 + 0) += r5
   44: goto 48
   45: r5 = *(u64 *)(r0 + 0)
   46: r5 += 1
   47: *(u64 *)(r0 + 0) = r5
   48: r0 = 0
   49: exit

