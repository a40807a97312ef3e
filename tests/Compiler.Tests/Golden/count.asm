program sys_enter_opena (tracepoint, 13 instructions)
    0: *(u32 *)(r10 - 8) = 0                        ; < count() >
    1: r1 = map @
    3: r2 = r10
    4: r2 += -8
    5: call MapLookupElement
    6: if r0 == 0 goto 11
    7: r5 = *(u64 *)(r0 + 0)
    8: r5 += 1
    9: *(u64 *)(r0 + 0) = r5
   10: *(u64 *)(r0 + 8) = 1
   11: r0 = 0
   12: exit

