program sys_enter_opena (tracepoint, 56 instructions)
    0: r7 = r1                                      ; tracepoint:syscalls:sys_enter_openat
    1: call GetCurrentTaskBtf                       ; comm
    2: r5 = *(u64 *)(r0 + 2000)
    3: *(u64 *)(r10 - 16) = r5
    4: r5 = *(u64 *)(r0 + 2008)
    5: *(u64 *)(r10 - 8) = r5
    6: r5 = *(u32 *)(r10 - 16)                      ; comm == "bash"
    7: if r5 != 1752392034 goto 54
    8: r5 = *(u8 *)(r10 - 12)
    9: if r5 != 0 goto 54
   10: call GetCurrentPidTgid                       ; pid
   11: r8 = r0
   12: r8 >>= 32
   13: *(u32 *)(r10 - 24) = 0                       ; < pid, comm, str(args.filename) as file >
   14: r1 = map scratch
   16: r2 = r10
   17: r2 += -24
   18: call MapLookupElement
   19: r6 = r0
   20: if r6 == 0 goto 54
   21: *(u64 *)(r6 + 0) = 0
   22: *(u32 *)(r6 + 8) = r8
   23: call GetCurrentTaskBtf                       ; comm
   24: r5 = *(u64 *)(r0 + 2000)
   25: *(u64 *)(r6 + 16) = r5
   26: r5 = *(u64 *)(r0 + 2008)
   27: *(u64 *)(r6 + 24) = r5
   28: r3 = *(u64 *)(r7 + 24)                       ; args.filename
   29: r1 = r6                                      ; str(args.filename)
   30: r1 += 32
   31: r2 = 1025
   32: call ProbeReadUserString
   33: r3 = r0
   34: if r3 s< 1025 goto 39
   35: r4 = &map losses + 0
   37: r5 = 1
   38: lock *(u64 *)(r4 + 0) += r5
   39: if r3 s>= 0 goto 41                          ; < pid, comm, str(args.filename) as file >
   40: r3 = 0
   41: if r3 <= 1032 goto 43
   42: r3 = 1032
   43: r3 += 32
   44: r1 = map events
   46: r2 = r6
   47: r4 = 0
   48: call RingbufOutput
   49: if r0 == 0 goto 54
   50: r4 = &map losses + 8
   52: r5 = 1
   53: lock *(u64 *)(r4 + 0) += r5
   54: r0 = 0
   55: exit

