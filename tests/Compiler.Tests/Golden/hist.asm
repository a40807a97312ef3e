program sys_enter_read (tracepoint, 53 instructions)
    0: r6 = *(u64 *)(r1 + 32)                       ; args.count
    1: *(u32 *)(r10 - 8) = 0                        ; @ = hist(args.count)
    2: r1 = map @
    4: r2 = r10
    5: r2 += -8
    6: call MapLookupElement
    7: if r0 == 0 goto 51
    8: r5 = 0
    9: if r6 s< 0 goto 44
   10: r5 = r6
   11: r5 += 1
   12: if r6 < 1 goto 44
   13: r3 = r6
   14: r5 = 2
   15: r4 = r3
   16: r4 >>= 32
   17: if r4 == 0 goto 20
   18: r5 += 32
   19: r3 = r4
   20: r4 = r3
   21: r4 >>= 16
   22: if r4 == 0 goto 25
   23: r5 += 16
   24: r3 = r4
   25: r4 = r3
   26: r4 >>= 8
   27: if r4 == 0 goto 30
   28: r5 += 8
   29: r3 = r4
   30: r4 = r3
   31: r4 >>= 4
   32: if r4 == 0 goto 35
   33: r5 += 4
   34: r3 = r4
   35: r4 = r3
   36: r4 >>= 2
   37: if r4 == 0 goto 40
   38: r5 += 2
   39: r3 = r4
   40: r4 = r3
   41: r4 >>= 1
   42: if r4 == 0 goto 44
   43: r5 += 1
   44: if r5 > 64 goto 50
   45: r5 <<= 3
   46: r5 += r0
   47: r4 = *(u64 *)(r5 + 0)
   48: r4 += 1
   49: *(u64 *)(r5 + 0) = r4
   50: *(u64 *)(r0 + 520) = 1
   51: r0 = 0
   52: exit

