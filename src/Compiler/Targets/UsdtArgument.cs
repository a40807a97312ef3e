using System.Globalization;
using System.Text.RegularExpressions;

namespace Ctrace.Compiler.Targets;

/// <summary>
/// Where a static probe's argument is, as the notes of <c>sys/sdt.h</c> tell it: <c>SIZE@OPERAND</c>, with the operand in the assembler's
/// spelling. A negative size means that the value is signed.
/// </summary>
/// <param name="Size">Bytes: 1, 2, 4 or 8.</param>
/// <param name="Signed">Whether the top bit is a sign.</param>
/// <param name="Kind">What the operand is.</param>
/// <param name="Register">pt_regs byte offset of the register, or of the address's; -1 for none.</param>
/// <param name="Index">pt_regs byte offset of the register that is added to the address; -1 for none.</param>
/// <param name="Scale">What that is multiplied by.</param>
/// <param name="Value">The constant, or the distance from the address.</param>
public sealed partial record UsdtArgument(int Size, bool Signed, UsdtOperand Kind, int Register, int Index, int Scale, long Value)
{
    private static readonly string[] X64Names = ["ax", "bx", "cx", "dx", "si", "di", "bp", "sp"];

    /// <summary>Reads all of a note; null for one whose form is not known.</summary>
    public static IReadOnlyList<UsdtArgument?> Parse(string text, Architecture architecture) =>
        // "[sp, 12]" has a blank inside.
        [.. Separator().Split(text.Trim()).Where(part => part.Length > 0).Select(part => ParseOne(part, architecture))];

    private static UsdtArgument? ParseOne(string text, Architecture architecture)
    {
        int at = text.IndexOf('@');
        string size = at < 0 ? "" : text[..at], operand = text[(at + 1)..].Trim();
        // Floating-point values have an f behind the size: their registers are not among those that a probe sees.
        if (!int.TryParse(size, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int bytes) || Math.Abs(bytes) is not (1 or 2 or 4 or 8))
            return null;
        var shape = new UsdtArgument(Math.Abs(bytes), bytes < 0, UsdtOperand.Constant, -1, -1, 1, 0);
        return architecture.Name == "aarch64" ? ParseArm(operand, shape, architecture) : ParseX64(operand, shape, architecture);
    }

    private static UsdtArgument? ParseX64(string operand, UsdtArgument shape, Architecture architecture)
    {
        if (operand.StartsWith('$'))
            return Number(operand[1..]) is { } constant ? shape with { Value = constant } : null;
        if (operand.StartsWith('%'))
            return FindX64(operand[1..], architecture) is { } register ? shape with { Kind = UsdtOperand.Register, Register = register } : null;
        if (MemoryX64().Match(operand) is not { Success: true } memory)
            return null;
        long distance = 0;
        if (memory.Groups["distance"] is { Length: > 0 } written)
        {
            if (Number(written.Value) is not { } known)
                return null;
            distance = known;
        }

        int address = -1, index = -1;
        if (memory.Groups["base"] is { Length: > 0 } first && (FindX64(first.Value, architecture) is not { } found || (address = found) < 0))
            return null;
        if (memory.Groups["index"] is { Length: > 0 } second && (FindX64(second.Value, architecture) is not { } other || (index = other) < 0))
            return null;
        int scale = memory.Groups["scale"] is { Length: > 0 } factor ? factor.Value[0] - '0' : 1;
        return shape with { Kind = UsdtOperand.Memory, Register = address, Index = index, Scale = scale, Value = distance };
    }

    private static UsdtArgument? ParseArm(string operand, UsdtArgument shape, Architecture architecture)
    {
        if (MemoryArm().Match(operand) is { Success: true } memory)
        {
            if (FindArm(memory.Groups["base"].Value, architecture) is not { } address)
                return null;
            string second = memory.Groups["second"].Value;
            return second.Length == 0 ? shape with { Kind = UsdtOperand.Memory, Register = address }
                : Number(second) is { } distance ? shape with { Kind = UsdtOperand.Memory, Register = address, Value = distance }
                : FindArm(second, architecture) is { } index ? shape with { Kind = UsdtOperand.Memory, Register = address, Index = index }
                : null;
        }

        return Number(operand) is { } constant ? shape with { Value = constant }
            : FindArm(operand, architecture) is { } register ? shape with { Kind = UsdtOperand.Register, Register = register } : null;
    }

    /// <summary><c>rax</c>, <c>eax</c>, <c>ax</c>, <c>al</c>, <c>r8d</c> and so on. The upper half of a 16-bit register (<c>ah</c>) is not one that compilers use.</summary>
    private static int? FindX64(string name, Architecture architecture)
    {
        string? plain = name.Length is 2 or 3 && name[0] is 'r' or 'e' && X64Names.Contains(name[1..]) ? name[1..]
            : X64Names.Contains(name) ? name
            : name.Length == 2 && name[1] == 'l' && "abcd".Contains(name[0]) ? name[0] + "x"
            : name.Length == 3 && name[2] == 'l' && X64Names.Contains(name[..2]) ? name[..2]
            : name[0] == 'r' && char.IsDigit(name[^1]) ? name
            : name[0] == 'r' && name.Length > 2 && name[^1] is 'd' or 'w' or 'b' && char.IsDigit(name[^2]) ? name[..^1] : null;
        return plain is not null && architecture.Registers.TryGetValue(plain, out int offset) ? offset : null;
    }

    private static int? FindArm(string name, Architecture architecture) =>
        architecture.Registers.TryGetValue(name.Length > 1 && name[0] is 'x' or 'w' ? "r" + name[1..] : name, out int offset) ? offset : null;

    private static long? Number(string text)
    {
        bool negative = text.StartsWith('-');
        string digits = negative ? text[1..] : text;
        bool fine = digits.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
        return !fine ? null : negative ? -(long)value : (long)value;
    }

    [GeneratedRegex(@"\s+(?=-?\d+f?@)")]
    private static partial Regex Separator();

    [GeneratedRegex(@"^(?<distance>-?\w*)\(?(?:%(?<base>\w+))?(?:,%(?<index>\w+)(?:,(?<scale>[1248]))?)?\)$")]
    private static partial Regex MemoryX64();

    [GeneratedRegex(@"^\[(?<base>\w+)(?:,\s*#?(?<second>-?\w+))?\]$")]
    private static partial Regex MemoryArm();
}

/// <summary>What the operand of a static probe's argument is.</summary>
public enum UsdtOperand
{
    /// <summary>A number.</summary>
    Constant,

    /// <summary>A register's content.</summary>
    Register,

    /// <summary>What is in the process's memory.</summary>
    Memory,
}
