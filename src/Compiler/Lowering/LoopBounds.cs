using Ctrace.Compiler.Bytecode;

namespace Ctrace.Compiler.Lowering;

/// <summary>
/// How many rounds loops may have whose end is not known, or is too far away. The verifier follows a program round by round, and gives up after a million
/// instructions, or when more than 8192 branches wait to be followed (BPF_COMPLEXITY_LIMIT_JMP_SEQ). All loops of a program share
/// these; a loop inside of another has few rounds.
/// </summary>
internal sealed class LoopBounds
{
    private const long Instructions = 300_000, Branches = 6_000;
    private const int Fewest = 2, FewestInside = 8, Most = 4096, MostInside = 64, BranchesInside = 256;

    /// <summary>Rounds of a loop inside of another that are followed where the kernel could bound it.</summary>
    private const int MostFollowedInside = 16;

    /// <summary>A round of a loop that the kernel bounds is followed until one brings nothing new: a few times.</summary>
    private const int RoundsOfUnbounded = 3;

    private readonly Stack<(long Instructions, long Branches)> _open = [];
    private readonly List<(int Bound, long Instructions, long Branches)> _pending = [];
    private long _instructions, _branches, _usedInstructions, _usedBranches;

    /// <summary>A loop begins.</summary>
    public void Enter()
    {
        _open.Push((_instructions, _branches));
        (_instructions, _branches) = (0, 0);
    }

    /// <summary>Whether the innermost loop has too many rounds to be followed one by one.</summary>
    /// <param name="rounds">How many.</param>
    /// <param name="start">Its first instruction.</param>
    /// <param name="code">The program so far.</param>
    /// <param name="mayGoto">Whether the kernel can bound it: then a quarter is enough, so that loops around it can be followed.</param>
    /// <param name="isInside">
    /// Whether it is inside of another loop. If that has no end to the verifier, which compares what it knows round by round, each round in which
    /// this one may end would be something new.
    /// </param>
    public bool IsTooMuch(int rounds, int start, List<IrInstruction> code, bool mayGoto, bool isInside)
    {
        if (mayGoto && isInside && rounds > MostFollowedInside)
            return true;
        var (instructions, branches) = Round(start, code);
        var outside = _open.Peek();
        int share = mayGoto ? 4 : 1;
        return rounds * instructions + outside.Instructions + _usedInstructions > Instructions / share
            || rounds * branches + outside.Branches + _usedBranches > Branches / share;
    }

    /// <summary>The loop is complete.</summary>
    /// <param name="rounds">How many rounds it has that are followed; 0 where that is not known, -1 where the kernel bounds it.</param>
    /// <param name="bound">The instruction that compares with the bound; -1 where there is none.</param>
    /// <param name="start">Its first instruction.</param>
    /// <param name="isInside">Whether it is inside of another loop.</param>
    /// <param name="code">The program so far.</param>
    public void Leave(int rounds, int bound, int start, bool isInside, List<IrInstruction> code)
    {
        var (instructions, branches) = Round(start, code);
        (_instructions, _branches) = _open.Pop();
        if (rounds == 0 && !isInside)
        {
            _pending.Add((bound, instructions, branches));
            return;
        }

        long all = rounds > 0 ? rounds : rounds < 0 ? RoundsOfUnbounded : Math.Clamp(BranchesInside / branches, FewestInside, MostInside);
        if (bound >= 0)
            code[bound] = code[bound] with { Immediate = all };
        if (isInside)
        {
            _instructions += all * instructions;
            _branches += all * branches;
        }
        else
        {
            _usedInstructions += all * instructions;
            _usedBranches += all * branches;
        }
    }

    /// <summary>What following a round of the innermost loop takes.</summary>
    private (long Instructions, long Branches) Round(int start, List<IrInstruction> code) =>
        (code.Count - start + _instructions, Math.Max(1, _branches + code.Skip(start).Count(i => i.Kind == IrKind.Jump && !i.IsUnconditional)));

    /// <summary>Shares what is left among the loops without a known end.</summary>
    public void Settle(List<IrInstruction> code)
    {
        foreach (var (bound, instructions, branches) in _pending)
        {
            long rounds = Math.Min((Instructions - _usedInstructions) / _pending.Count / instructions, (Branches - _usedBranches) / _pending.Count / branches);
            code[bound] = code[bound] with { Immediate = Math.Clamp(rounds, Fewest, Most) };
        }
    }
}
