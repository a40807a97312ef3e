using System.Collections.Immutable;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Lowering;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Syntax;

namespace Ctrace.Compiler.Catalog.Builtins;

/// <summary><c>len(@map)</c>, <c>len(kstack)</c>.</summary>
internal sealed class LenFunction(bool ofStack) : FunctionDefinition
{
    public override string Name => ofStack ? "stack_len" : "len";
    public override string Signature => ofStack ? "stack_len(kstack) or stack_len(ustack)" : "len(@map), len(kstack) or len(ustack)";
    public override string Summary => ofStack ? "How many functions a stack has; today one writes len()." : "How many entries a map has, or how many functions a stack.";
    public override string Example => ofStack ? "profile:hz:99 { @ = hist(stack_len(kstack)); }"
        : "tracepoint:syscalls:sys_enter_read { @[comm] = count(); } interval:s:1 { printf(\"%d\\n\", len(@)); }";
    public override (int Least, int Most) Arity => (1, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is MapSyntax { Keys: [] } map && (call.FindMap(map) is null or { HasKey: true }))
            return call.CountEntries(map);
        var value = call.Bind(0);
        return value.Type switch
        {
            ErrorType => value,
            StackType => call.Done([value], null, TraceType.Int64),
            _ when value is BoundMapRead or BoundAggregateRead && call.Syntax.Arguments[0] is MapSyntax { Keys: [] } => call.Problem(value.Span, "this map has no keys: there is nothing to count", null),
            _ => call.Problem(value.Span, $"len() takes a map or a stack, not {value.Type.WithArticle}", "the length of a text: strlen()"),
        };
    }

    /// <summary>Zeros stand behind the last address.</summary>
    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        var type = (StackType)call.Arguments[0].Type;
        var stack = e.Memory.Locate(call.Arguments[0]);
        // Half the rest of it in each step: a search for the first zero, seven comparisons for the deepest of stacks.
        int first = stack.Offset + (type.IsUser ? 8 : 0), count = e.Ir.Constant(0);
        for (int step = 64; step > 0; step /= 2)
        {
            int skip = e.Ir.NewLabel(), at = e.Ir.Copy(count), address = e.Ir.Copy(stack.Base);
            e.Ir.AluConstant(Bytecode.Opcodes.Add, at, step - 1);
            e.Ir.JumpIfConstant(Bytecode.Opcodes.JumpGreaterOrEqual, at, type.Depth, skip);
            e.Ir.AluConstant(Bytecode.Opcodes.ShiftLeft, at, 3);
            e.Ir.Alu(Bytecode.Opcodes.Add, address, at);
            e.Ir.JumpIfConstant(Bytecode.Opcodes.JumpEqual, e.Ir.Load(address, first, 8), 0, skip);
            e.Ir.AluConstant(Bytecode.Opcodes.Add, count, step);
            e.Ir.Mark(skip);
        }

        return count;
    }
}

/// <summary><c>find(@map, key, $value)</c>: one look-up for both questions.</summary>
internal sealed class FindFunction : FunctionDefinition
{
    public override string Name => "find";
    public override string Signature => "find(@map, key, $variable)";
    public override string Summary => "Whether a map has an entry for a key; the variable gets its value then.";
    public override string Example => "tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; } tracepoint:syscalls:sys_exit_read { let $t; if (find(@start, tid, $t)) { @ = hist(nsecs - $t); } }";
    public override (int Least, int Most) Arity => (3, 3);

    /// <inheritdoc/>
    internal override bool HasEffect => true;

    internal override BoundExpression Bind(CallBinding call)
    {
        if (call.Syntax.Arguments[0] is not MapSyntax { Keys: [] } map)
            return call.Problem(call.Syntax.Arguments[0].Span, "find() takes a map", Signature);
        if (call.Syntax.Arguments[2] is not VariableSyntax target)
            return call.Problem(call.Syntax.Arguments[2].Span, "find() takes a variable for the value", Signature);
        if (call.FindMap(map) is not { } symbol)
            return call.Undefined(map);
        var key = call.Syntax.Arguments[1];
        symbol.IsEmptied = symbol.IsLookedUp = true;
        if (call.BindKeys(symbol, map with { Keys = key is TupleSyntax { Names: [] } tuple ? tuple.Items : [key] }) is not { } keys)
            return call.Failed;
        if (!symbol.HasKey)
            return call.Problem(map.Span, $"{symbol.Name} has no keys", null);
        if (symbol.IsAggregate)
            return call.Problem(map.Span, $"find() can't give the {symbol.ValueName} in {symbol.Name}", $"has_key({symbol.Name}, …), and then read it");
        if (call.FindVariable(target.Name) is not { } variable)
            return call.Problem(target.Span, $"{target.Name} is not declared", $"declare it before: let {target.Name};");
        bool fits = variable.IsDeclared ? variable.Type == symbol.Plain : call.AssignVariable(variable, symbol.Plain!);
        return fits
            ? call.Done(keys, (symbol, variable), TraceType.Bool)
            : call.Problem(target.Span, $"{target.Name} holds {variable.Type.WithArticle}, and {symbol.Name} {symbol.Plain!.WithArticle}", "use another variable");
    }

    internal override int Emit(ClauseEmitter e, BoundCall call)
    {
        var (map, variable) = ((MapSymbol, VariableSymbol))call.Data!;
        return e.Maps.Find(map, call.Arguments, place => e.StoreVariable(variable, place, map.Plain!));
    }
}

/// <summary>What is known of a task: <c>ppid(task)</c>.</summary>
/// <param name="name">The function.</param>
/// <param name="relative">Which task it is about: a member of task_struct.</param>
/// <param name="member">What of that.</param>
/// <param name="summary">What it gives.</param>
internal sealed class TaskFunction(string name, string relative, string member, string summary) : FunctionDefinition
{
    public static IReadOnlyList<FunctionDefinition> All { get; } =
    [
        new TaskFunction("leader_tid", "group_leader", "pid", "The thread that a task's process began with; without an argument, of the running thread."),
        new TaskFunction("leader_comm", "group_leader", "comm", "The name of the thread that a task's process began with; without an argument, of the running thread."),
    ];

    /// <summary>With an argument; without one they are values.</summary>
    public static IReadOnlyList<FunctionDefinition> WithTask { get; } =
    [
        new TaskFunction("ppid", "real_parent", "pid", "The parent of a task."),
        new TaskFunction("pcomm", "real_parent", "comm", "The name of a task's parent."),
    ];

    public override string Name => name;
    public override string Signature => $"{name}([task])";
    public override string Summary => summary;
    public override string Example => $"tracepoint:syscalls:sys_enter_execve {{ @[{name}(curtask)] = count(); }}";
    public override (int Least, int Most) Arity => (0, 1);

    internal override BoundExpression Bind(CallBinding call)
    {
        var span = call.Syntax.Span;
        var task = call.Syntax.Arguments is [var given] ? given : new NameSyntax("curtask", span);
        return call.BindSyntax(new MemberSyntax(new MemberSyntax(task, relative, task.Span, task.Span), member, span, span));
    }
}
