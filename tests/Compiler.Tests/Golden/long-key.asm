program sys_enter_opena (tracepoint, 53 instructions)
    0: r6 = r1                                      ; tracepoint:syscalls:sys_enter_openat
    1: *(u32 *)(r10 - 8) = 0                        ; @[str(args.filename)] = count()
    2: r1 = map scratch
    4: r2 = r10
    5: r2 += -8
    6: call MapLookupElement
    7: r7 = r0
    8: if r7 == 0 goto 51
    9: r6 = *(u64 *)(r6 + 24)                       ; args.filename
   10: r2 = *(u64 *)(r7 + 1024)                     ; str(args.filename)
   11: if r2 s<= 0 goto 17
   12: if r2 > 1024 goto 17
   13: r3 = &map zeros + 0
   15: r1 = r7
   16: call ProbeReadKernel
   17: r1 = r7
   18: r2 = 1024
   19: r3 = r6
   20: call ProbeReadUserString
   21: *(u64 *)(r7 + 1024) = r0
   22: r6 = map @                                   ; @[str(args.filename)] = count()
   24: r5 = *(u8 *)(r7 + 63)
   25: if r5 == 0 goto 28
   26: r6 = map @
   28: r1 = r6
   29: r2 = r7
   30: call MapLookupElement
   31: if r0 != 0 goto 48
   32: *(u64 *)(r10 - 8) = 0
   33: r5 = *(u64 *)(r10 - 8)
   34: r5 += 1
   35: *(u64 *)(r10 - 8) = r5
   36: r1 = r6
   37: r2 = r7
   38: r3 = r10
   39: r3 += -8
   40: r4 = 0
   41: call MapUpdateElement
   42: if r0 == 0 goto 51
   43: r4 = &map losses + 0
   45: r5 = 1
   46: lock *(u64 *)(r4 + 0) += r5
   47: goto 51
   48: r5 = *(u64 *)(r0 + 0)
   49: r5 += 1
   50: *(u64 *)(r0 + 0) = r5
   51: r0 = 0
   52: exit

