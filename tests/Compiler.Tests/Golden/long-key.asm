program sys_enter_opena (tracepoint, 49 instructions)
    0: r7 = r1                                      ; tracepoint:syscalls:sys_enter_openat
    1: *(u32 *)(r10 - 8) = 0                        ; @[str(args.filename)] = count()
    2: r1 = map scratch
    4: r2 = r10
    5: r2 += -8
    6: call MapLookupElement
    7: r6 = r0
    8: if r6 == 0 goto 47
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
   22: r1 = map @                                   ; @[str(args.filename)] = count()
   24: r2 = r6
   25: call MapLookupElement
   26: if r0 != 0 goto 44
   27: *(u64 *)(r10 - 8) = 0
   28: r5 = *(u64 *)(r10 - 8)
   29: r5 += 1
   30: *(u64 *)(r10 - 8) = r5
   31: r1 = map @
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

