using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Symbols;

namespace Ctrace.Compiler.Lowering;

/// <summary>Operators that give a value.</summary>
internal sealed class ArithmeticEmitter(ClauseEmitter emitter)
{
    private IrBuilder Ir => emitter.Ir;

    public int Emit(BoundExpression expression) => expression switch
    {
        BoundUnary { Operator: "-" } e => Negate(emitter.Number(e.Operand)),
        BoundUnary { Operator: "~" } e => Complement(emitter.Number(e.Operand)),
        BoundUnary e => Truth(e),
        BoundTernary e => Choose(e),
        BoundBinary { Operator.Kind: OperatorKind.Arithmetic } e => Arithmetic(e),
        BoundBinary { Operator.Kind: OperatorKind.Shift } e => Shift(e),
        BoundBinary { Operator.Kind: OperatorKind.Division } e => Divide(e),
        _ => Truth(expression),
    };

    private int Negate(int operand)
    {
        int result = Ir.Copy(operand);
        Ir.Negate(result);
        return result;
    }

    private int Complement(int operand)
    {
        int result = Ir.Copy(operand);
        Ir.AluConstant(Opcodes.Xor, result, -1);
        return result;
    }

    private int Arithmetic(BoundBinary e)
    {
        bool isStep = e is { Operator.Text: "+" or "-", Right: BoundConstant } && !emitter.IsInLoop;
        int left = Ir.Copy(isStep ? emitter.Scalar(e.Left) : emitter.Number(e.Left));
        if (e.Right is BoundConstant constant)
            Ir.AluConstant(e.Operator.Alu, left, constant.Value);
        else
            Ir.Alu(e.Operator.Alu, left, emitter.Number(e.Right));
        return left;
    }

    private int Shift(BoundBinary e)
    {
        byte operation = e.Operator.Alu == Opcodes.ShiftRight && Operators.IsSigned(e.Left.Type) ? Opcodes.ArithmeticShiftRight : e.Operator.Alu;
        int left = Ir.Copy(emitter.Number(e.Left));
        if (e.Right is BoundConstant { Value: >= 0 and < 64 } constant)
        {
            Ir.AluConstant(operation, left, constant.Value);
            return left;
        }

        // The verifier wants to see that the distance is below 64.
        int distance = Ir.Copy(emitter.Number(e.Right));
        Ir.AluConstant(Opcodes.And, distance, 63);
        Ir.Alu(operation, left, distance);
        return left;
    }

    /// <summary>
    /// Division, rounding to zero. BPF divides unsigned numbers: signed ones are made positive before, and the result gets
    /// its sign after. The result is 1 where
    /// the divisor is zero.
    /// </summary>
    private int Divide(BoundBinary e)
    {
        int left = Ir.Copy(emitter.Number(e.Left));
        if (e.Right is BoundConstant constant)
        {
            if (constant.Value == 0)
                return Ir.Constant(1);
            if (e.Signed)
                return Signed(left, () => Ir.AluConstant(e.Operator.Alu, left, constant.Value == long.MinValue ? constant.Value : Math.Abs(constant.Value)), null, constant.Value < 0, e.Operator.Alu);
            Ir.AluConstant(e.Operator.Alu, left, constant.Value);
            return left;
        }

        int right = Ir.Copy(emitter.Number(e.Right)), result = Ir.Constant(1), done = Ir.NewLabel();
        emitter.JumpIfZero(right, done, "division by zero: the result is 1");
        if (e.Signed)
            Signed(left, () => Ir.Alu(e.Operator.Alu, left, right), right, false, e.Operator.Alu);
        else
            Ir.Alu(e.Operator.Alu, left, right);
        Ir.Move(result, left);
        Ir.Mark(done);
        return result;
    }

    private int Signed(int left, Action divide, int? right, bool negativeDivisor, byte operation)
    {
        // sign = left's sign, for a quotient also right's
        int sign = Ir.Copy(left);
        if (operation == Opcodes.Divide)
        {
            if (right is { } register)
                Ir.Alu(Opcodes.Xor, sign, register);
            else if (negativeDivisor)
                Ir.AluConstant(Opcodes.Xor, sign, -1);
        }

        MakePositive(left);
        if (right is { } divisor)
            MakePositive(divisor);
        divide();
        int positive = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpSignedGreaterOrEqual, sign, 0, positive);
        Ir.Negate(left);
        Ir.Mark(positive);
        return left;
    }

    private void MakePositive(int register)
    {
        int positive = Ir.NewLabel();
        Ir.JumpIfConstant(Opcodes.JumpSignedGreaterOrEqual, register, 0, positive);
        Ir.Negate(register);
        Ir.Mark(positive);
    }

    /// <summary>A condition as 0 or 1.</summary>
    private int Truth(BoundExpression condition)
    {
        int result = Ir.NewRegister(), done = Ir.NewLabel();
        Ir.SetConstant(result, 0);
        emitter.Conditions.JumpUnless(condition, done);
        Ir.SetConstant(result, 1);
        Ir.Mark(done);
        return result;
    }

    private int Choose(BoundTernary e)
    {
        int result = Ir.NewRegister(), otherwise = Ir.NewLabel(), done = Ir.NewLabel();
        emitter.Conditions.JumpUnless(e.Condition, otherwise);
        var known = emitter.Memory.SaveKnown();
        Ir.Move(result, emitter.Scalar(e.Then));
        emitter.Memory.RestoreKnown(known);
        Ir.Jump(done);
        Ir.Mark(otherwise);
        known = emitter.Memory.SaveKnown();
        Ir.Move(result, emitter.Scalar(e.Else));
        emitter.Memory.RestoreKnown(known);
        Ir.Mark(done);
        return result;
    }
}
