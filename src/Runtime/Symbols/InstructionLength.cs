namespace Ctrace.Runtime.Symbols;

/// <summary>
/// How long x86-64 instructions are (Intel's manual, volume 2, "Instruction Format" and the opcode maps of appendix A). A breakpoint in the middle
/// of one changes another than is meant, and breaks the program.
/// </summary>
internal static class InstructionLength
{
    /// <summary>An instruction has at most so many bytes.</summary>
    public const int Longest = 15;

    /// <summary>What follows an opcode, one letter for each of a map's 256: . nothing, b w z v one, two, four bytes (or two), and eight (or four); M a ModRM byte, B and Z
    /// a ModRM byte and one or four bytes; R the 0xF6 group; A an address; E the three bytes of ENTER; x none is known.</summary>
    private const string OneByte =
        "MMMMbzxxMMMMbzxx" + "MMMMbzxxMMMMbzxx" + "MMMMbzxxMMMMbzxx" + "MMMMbzxxMMMMbzxx" +
        "xxxxxxxxxxxxxxxx" + "................" + "xxxMxxxxzZbB...." + "bbbbbbbbbbbbbbbb" +
        "BZxBMMMMMMMMMMMM" + "..........x....." + "AAAA....bz......" + "bbbbbbbbvvvvvvvv" +
        "BBw.xxBZE.w..bx." + "MMMMxxx.MMMMMMMM" + "bbbbbbbbddxb...." + "x.xx..RR......MM";

    private const string TwoBytes =
        "MMMMx.....x.xM.B" + "MMMMMMMMMMMMMMMM" + "MMMMxxxxMMMMMMMM" + "......x.xxxxxxxx" +
        "MMMMMMMMMMMMMMMM" + "MMMMMMMMMMMMMMMM" + "MMMMMMMMMMMMMMMM" + "BBBBMMM.MMMMMMMM" +
        "dddddddddddddddd" + "MMMMMMMMMMMMMMMM" + "...MBMxx...MBMMM" + "MMMMMMMMMMBMMMMM" +
        "MMBMBBBM........" + "MMMMMMMMMMMMMMMM" + "MMMMMMMMMMMMMMMM" + "MMMMMMMMMMMMMMMM";

    /// <summary>The length of the instruction that some code begins with; 0 where that is not known.</summary>
    public static int Of(ReadOnlySpan<byte> code)
    {
        bool isShort = false, isWide = false, hasShortAddress = false;
        int at = 0;
        for (; at < code.Length && code[at] is 0x66 or 0x67 or 0xf0 or 0xf2 or 0xf3 or 0x26 or 0x2e or 0x36 or 0x3e or 0x64 or 0x65; at++)
            (isShort, hasShortAddress) = (isShort || code[at] == 0x66, hasShortAddress || code[at] == 0x67);
        if (at < code.Length && (code[at] & 0xf0) == 0x40)
            isWide = (code[at++] & 8) != 0;
        if (at + 4 >= code.Length)
            return 0;
        int map = 0, opcode = code[at++];
        if (opcode == 0xc5)
            (map, at) = (1, at + 1);
        else if (opcode is 0xc4 or 0x62)
            (map, at) = (code[at] & (opcode == 0xc4 ? 0x1f : 7), at + (opcode == 0xc4 ? 2 : 3));
        else if (opcode == 0x0f)
            map = code[at] switch { 0x38 => 2, 0x3a => 3, _ => 1 };
        if (map > 0)
        {
            at += opcode == 0x0f && map > 1 ? 1 : 0;
            bool isPlain = opcode == 0x0f;
            opcode = at < code.Length ? code[at++] : 0;
            char follows = map switch { 1 => TwoBytes[opcode], 3 => 'B', _ => 'M' };
            // Of the vector instructions only VZEROUPPER has no operand.
            return Finish(code, at, isPlain || follows is 'B' || opcode == 0x77 && map == 1 ? follows : 'M', isShort, isWide, hasShortAddress);
        }

        return Finish(code, at, OneByte[opcode], isShort, isWide, hasShortAddress);
    }

    private static int Finish(ReadOnlySpan<byte> code, int at, char follows, bool isShort, bool isWide, bool hasShortAddress)
    {
        if (follows is 'M' or 'B' or 'Z' or 'R')
        {
            if (at >= code.Length)
                return 0;
            int opcode = code[at - 1], modes = code[at++], mode = modes >> 6, register = modes & 7;
            int index = mode != 3 && register == 4 && at < code.Length ? code[at++] : -1;
            at += mode switch { 1 => 1, 2 => 4, 0 when register == 5 || index >= 0 && (index & 7) == 5 => 4, _ => 0 };
            // Of this group only TEST has an immediate operand.
            if (follows == 'R')
                follows = (modes >> 3 & 7) > 1 ? 'M' : opcode == 0xf6 ? 'B' : 'Z';
        }

        int operand = follows switch
        {
            '.' or 'M' => 0,
            'b' or 'B' => 1,
            'w' => 2,
            'E' => 3,
            'd' => 4,
            'z' or 'Z' => isShort && !isWide ? 2 : 4,
            'v' => isWide ? 8 : isShort ? 2 : 4,
            'A' => hasShortAddress ? 4 : 8,
            _ => -1,
        };
        return operand < 0 || at + operand > Longest ? 0 : at + operand;
    }
}
