program numbers (tracepoint, 26 instructions)
    0: r2 = *(u64 *)(r1 + 8)                        ; args.s0
    1: r3 = *(u64 *)(r1 + 16)                       ; args.s1
    2: r4 = 1                                       ; args.s0 / args.s1
    3: if r3 == 0 goto 14
    4: r5 = r2
    5: r5 ^= r3
    6: if r2 s>= 0 goto 8
    7: r2 = -r2
    8: if r3 s>= 0 goto 10
    9: r3 = -r3
   10: r2 /= r3
   11: if r5 s>= 0 goto 13
   12: r2 = -r2
   13: r4 = r2
   14: r5 = *(u64 *)(r1 + 72)                       ; args.u0
   15: r5 %= 7                                      ; args.u0 % 7
   16: r4 += r5                                     ; args.s0 / args.s1 + args.u0 % 7
   17: r5 = *(u64 *)(r1 + 24)                       ; args.s2
   18: r5 s>>= 3                                    ; args.s2 >> 3
   19: r4 -= r5                                     ; args.s0 / args.s1 + args.u0 % 7 - (args.s2 >> 3
   20: r5 = &map @ + 0                              ; @ = args.s0 / args.s1 + args.u0 % 7 - (args.s2 >> 3
   22: *(u64 *)(r5 + 0) = r4
   23: *(u64 *)(r5 + 8) = 1
   24: r0 = 0
   25: exit

