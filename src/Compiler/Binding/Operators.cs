using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Binding;

/// <summary>A binary operator's meaning.</summary>
/// <param name="Text">As written.</param>
/// <param name="Kind">What sort of operator it is.</param>
/// <param name="Alu">The opcode of an arithmetic one.</param>
/// <param name="Jump">The conditional jump of a comparison of unsigned numbers.</param>
/// <param name="SignedJump">The same for signed numbers.</param>
/// <param name="Inverse">The comparison that is true when this one is false.</param>
/// <param name="Fold">Computes it for constants; the last argument says whether they are signed.</param>
internal sealed record BinaryOperator(
    string Text, OperatorKind Kind, byte Alu, byte Jump, byte SignedJump, string Inverse, Func<long, long, bool, long> Fold);

/// <summary>Sorts of binary operators.</summary>
internal enum OperatorKind
{
    /// <summary>Two integers give an integer.</summary>
    Arithmetic,

    /// <summary>Division and remainder, which need care with signs and zero.</summary>
    Division,

    /// <summary>The left operand's sign decides.</summary>
    Shift,

    /// <summary>Equality: of integers, strings and tuples.</summary>
    Equality,

    /// <summary>Order of integers.</summary>
    Comparison,

    /// <summary>Short-circuit logic.</summary>
    Logic,
}

/// <summary>The table of operators.</summary>
internal static class Operators
{
    /// <summary>Binary operators by their text.</summary>
    public static IReadOnlyDictionary<string, BinaryOperator> Binary { get; } = new BinaryOperator[]
    {
        Arithmetic("+", Opcodes.Add, (a, b, _) => a + b),
        Arithmetic("-", Opcodes.Subtract, (a, b, _) => a - b),
        Arithmetic("*", Opcodes.Multiply, (a, b, _) => a * b),
        Arithmetic("&", Opcodes.And, (a, b, _) => a & b),
        Arithmetic("|", Opcodes.Or, (a, b, _) => a | b),
        Arithmetic("^", Opcodes.Xor, (a, b, _) => a ^ b),
        new("/", OperatorKind.Division, Opcodes.Divide, 0, 0, "", Divide),
        new("%", OperatorKind.Division, Opcodes.Modulo, 0, 0, "", Remainder),
        new("<<", OperatorKind.Shift, Opcodes.ShiftLeft, 0, 0, "", (a, b, _) => a << (int)b),
        new(">>", OperatorKind.Shift, Opcodes.ShiftRight, 0, 0, "", (a, b, signed) => signed ? a >> (int)b : (long)((ulong)a >> (int)b)),
        new("==", OperatorKind.Equality, 0, Opcodes.JumpEqual, Opcodes.JumpEqual, "!=", (a, b, _) => a == b ? 1 : 0),
        new("!=", OperatorKind.Equality, 0, Opcodes.JumpNotEqual, Opcodes.JumpNotEqual, "==", (a, b, _) => a != b ? 1 : 0),
        Comparison("<", Opcodes.JumpLess, Opcodes.JumpSignedLess, ">=", order => order < 0),
        Comparison(">", Opcodes.JumpGreater, Opcodes.JumpSignedGreater, "<=", order => order > 0),
        Comparison("<=", Opcodes.JumpLessOrEqual, Opcodes.JumpSignedLessOrEqual, ">", order => order <= 0),
        Comparison(">=", Opcodes.JumpGreaterOrEqual, Opcodes.JumpSignedGreaterOrEqual, "<", order => order >= 0),
        new("&&", OperatorKind.Logic, 0, 0, 0, "", (a, b, _) => a != 0 && b != 0 ? 1 : 0),
        new("||", OperatorKind.Logic, 0, 0, 0, "", (a, b, _) => a != 0 || b != 0 ? 1 : 0),
    }.ToDictionary(op => op.Text);

    /// <summary>Whether a type's values are signed.</summary>
    public static bool IsSigned(TraceType type) => type is IntegerType { Signed: true } or EnumType { Signed: true };

    /// <summary>A constant that is not negative reads the same either way: it follows the other side.</summary>
    public static bool CountsAsSigned(BoundExpression operand) => IsSigned(operand.Type) && operand is not BoundConstant { Value: >= 0 };

    private static BinaryOperator Arithmetic(string text, byte alu, Func<long, long, bool, long> fold) =>
        new(text, OperatorKind.Arithmetic, alu, 0, 0, "", fold);

    private static BinaryOperator Comparison(string text, byte jump, byte signedJump, string inverse, Func<int, bool> test) =>
        new(text, OperatorKind.Comparison, 0, jump, signedJump, inverse,
            (a, b, signed) => test(signed ? a.CompareTo(b) : ((ulong)a).CompareTo((ulong)b)) ? 1 : 0);

    // As in bpftrace, the result is 1 where the divisor is zero.
    private static long Divide(long a, long b, bool signed) =>
        b == 0 ? 1 : signed ? b == -1 ? -a : a / b : (long)((ulong)a / (ulong)b);

    private static long Remainder(long a, long b, bool signed) =>
        b == 0 ? 1 : signed ? b == -1 ? 0 : a % b : (long)((ulong)a % (ulong)b);
}
