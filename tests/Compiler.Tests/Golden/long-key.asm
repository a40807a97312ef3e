program sys_enter_opena (tracepoint, 49 instructions)
    0: r7 = r1                                      ; tracepoint:syscalls:sys_enter_openat
    1: *(u32 *)(r10 - 8) = 0                        ; @[str(args.filename)] = count()
    2: r1 = map scratch
    4: r2 = r10
    5: r2 += -8
    6: call MapLookupElement
    7: r6 = r0
    8: if r6 == 0 goto 47
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
   20: *(u64 *)(r6 + 1032) = r0
   21: r7 = map @                                   ; @[str(args.filename)] = count()
   23: r5 = *(u8 *)(r6 + 63)
   24: if r5 == 0 goto 27
   25: r7 = map @
   27: r1 = r7
   28: r2 = r6
   29: call MapLookupElement
   30: if r0 != 0 goto 44
   31: *(u64 *)(r10 - 8) = 1
   32: r1 = r7
   33: r2 = r6
   34: r3 = r10
   35: r3 += -8
   36: r4 = 0
   37: call MapUpdateElement
   38: if r0 == 0 goto 47
   39: r4 = &map losses + 0
   41: r5 = 1
   42: lock *(u64 *)(r4 + 0) += r5
   43: goto 47
   44: r5 = *(u64 *)(r0 + 0)
   45: r5 += 1
   46: *(u64 *)(r0 + 0) = r5
   47: r0 = 0
   48: exit

