program sys_enter_opena (tracepoint, 49 instructions)
    0: r7 = r1                                      ; tracepoint:syscalls:sys_enter_openat
    1: r1 = r10                                     ; comm
    2: r1 += -16
    3: r2 = 16
    4: call GetCurrentComm
    5: r5 = *(u32 *)(r10 - 16)                      ; comm == "bash"
    6: if r5 != 1752392034 goto 47
    7: r5 = *(u8 *)(r10 - 12)
    8: if r5 != 0 goto 47
    9: call GetCurrentPidTgid                       ; pid
   10: r8 = r0
   11: r8 >>= 32
   12: *(u32 *)(r10 - 24) = 0                       ; < pid, comm, str(args.filename) as file >
   13: r1 = map scratch
   15: r2 = r10
   16: r2 += -24
   17: call MapLookupElement
   18: r6 = r0
   19: if r6 == 0 goto 47
   20: *(u64 *)(r6 + 0) = 0
   21: *(u32 *)(r6 + 8) = r8
   22: r1 = r6                                      ; comm
   23: r1 += 16
   24: r2 = 16
   25: call GetCurrentComm
   26: r3 = *(u64 *)(r7 + 24)                       ; args.filename
   27: r1 = r6                                      ; str(args.filename)
   28: r1 += 32
   29: r2 = 1024
   30: call ProbeReadUserString
   31: r3 = r0                                      ; < pid, comm, str(args.filename) as file >
   32: if r3 s>= 0 goto 34
   33: r3 = 0
   34: if r3 <= 1024 goto 36
   35: r3 = 1024
   36: r3 += 32
   37: r1 = map events
   39: r2 = r6
   40: r4 = 0
   41: call RingbufOutput
   42: if r0 == 0 goto 47
   43: r4 = &map losses + 0
   45: r5 = 1
   46: lock *(u64 *)(r4 + 0) += r5
   47: r0 = 0
   48: exit

