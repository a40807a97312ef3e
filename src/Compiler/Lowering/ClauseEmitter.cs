using System.Runtime.CompilerServices;
using Ctrace.Compiler.Binding;
using Ctrace.Compiler.Bytecode;
using Ctrace.Compiler.Layouts;
using Ctrace.Compiler.Catalog.Probes;
using Ctrace.Compiler.Symbols;
using Ctrace.Compiler.Targets;

namespace Ctrace.Compiler.Lowering;

/// <summary>Lowers one clause to instructions over virtual registers.</summary>
internal sealed partial class ClauseEmitter
{
    private readonly BoundClause _clause;
    private readonly Dictionary<VariableSymbol, int> _registers = [];
    private readonly Dictionary<VariableSymbol, Place> _places = [];
    private readonly Stack<(int Break, int Continue)> _loops = [];
    private readonly LoopBounds _loopBounds = new();

    /// <summary>Registers of variables that the innermost loop has changed so far.</summary>
    private HashSet<int> _written = [];
    private int _exit;
    private readonly SpanEmitter? _span;
    private readonly SpanPart _part;
    private readonly ClauseEmitter? _outer;
    private readonly HashSet<int> _numbers = [];
    private SharedWords? _shared;
    private int _context, _dispatched, _duration;
    private int _callbacks, _returned = -1, _result = -1;

    /// <param name="program">What the clauses share.</param>
    /// <param name="clause">The clause.</param>
    /// <param name="table">Where its span keeps what it knows, and the index of that map; null where it is no span.</param>
    /// <param name="part">Which of a span's programs to make.</param>
    public ClauseEmitter(ProgramLowering program, BoundClause clause, (SpanTable Table, int Map)? table = null, SpanPart part = SpanPart.Return)
    {
        Program = program;
        _clause = clause;
        _part = part;
        _span = table is var (spans, map) ? new SpanEmitter(this, clause.Span!, spans, map) : null;
        Memory = new MemoryEmitter(this);
        Texts = new TextEmitter(this);
        Maps = new MapEmitter(this);
        Events = new EventEmitter(this);
        Conditions = new ConditionEmitter(this);
        Frame = new FrameAllocator(clause.Statements.Any(s => LoopFinder.HasCallback(s, Target)) ? FrameAllocator.SharedBudget : FrameAllocator.Budget);
        _exit = Ir.NewLabel();
    }

    /// <summary>For a function that the kernel calls back while the program of another emitter runs.</summary>
    private ClauseEmitter(ClauseEmitter outer) : this(outer.Program, outer._clause)
    {
        _outer = outer;
        IsSession = outer.IsSession;
        _part = outer._part;
        Frame = new FrameAllocator(FrameAllocator.CallbackBudget);
    }

    public IrBuilder Ir { get; } = new();

    public FrameAllocator Frame { get; }

    /// <summary>Whether it becomes one program with the other end's.</summary>
    public bool IsSession { get; init; }

    /// <summary>The functions that it hands to the kernel to be called back.</summary>
    public List<ClauseEmitter> Callbacks { get; } = [];

    /// <summary>Whether it is such a function itself.</summary>
    public bool IsCallback => _outer is not null;

    /// <summary>Registers that hold numbers, although they come from memory that may hold pointers as well.</summary>
    public HashSet<int> Numbers => _shared?.Numbers ?? _numbers;

    /// <summary>What the context has, to the verifier: where programs know the types of what they are given, pointers to structures.</summary>
    public LoopWidening.Held ContextHeld => IsCallback || Probe.Kind.ProgramType == BpfProgramType.Tracing ? LoopWidening.Held.Structure : LoopWidening.Held.Pointer;

    public ProgramLowering Program { get; }

    public ITarget Target => Program.Target;

    public MemoryEmitter Memory { get; }

    public TextEmitter Texts { get; }

    public MapEmitter Maps { get; }

    public EventEmitter Events { get; }

    public ConditionEmitter Conditions { get; }

    /// <summary>The probes as written, for loss reports.</summary>
    public string ProbeText => _clause.ProbeText;

    /// <summary>Register with the program's context.</summary>
    public int Context => _outer is null ? _context : _shared!.Import(_outer.Context, false);

    /// <summary>Register with a span's duration.</summary>
    public int Duration => _outer is null ? _duration : _shared!.Import(_outer.Duration, true);

    /// <summary>Register with the number, counted from 1, of the system call's probe.</summary>
    private int Dispatched => _outer is null ? _dispatched : _shared!.Import(_outer.Dispatched, true);

    /// <summary>The probe that the code being made is for; the first of several that look alike.</summary>
    public ResolvedProbe Probe => _part == SpanPart.Entry ? _clause.Probes[0].Entry! : _clause.Probes[0];

    /// <summary>Emits the whole program.</summary>
    public void Run()
    {
        Ir.Span = _clause.Syntax.Probes[0].Span;
        if (_part == SpanPart.Death)
        {
            _span!.Forget(_exit);
            Ir.Mark(_exit);
            Ir.Exit();
            return;
        }

        _context = Ir.NewRegister();
        Ir.Move(_context, 1);
        // What a tracing program returns means nothing, or keeps others from seeing the event.
        if (Probe.Plan is TestPlan)
            _result = Ir.Constant(0);
        if (Probe.Syscalls is not null)
            EmitDispatch();
        // An iterator's program runs once more at the end, for nothing.
        if (Probe.Plan is IteratorPlan)
            Ir.JumpIfConstant(Opcodes.JumpEqual, Ir.Load(Context, 8, 8), 0, _exit);
        if (Probe.Kind.HasProcess && Program.Options.ProcessId != 0)
            EmitProcessFilter();
        if (_part == SpanPart.Entry)
            _span!.Enter(_exit);
        else
            Body();
        Ir.Span = default;
        Ir.Mark(_exit);
        if (_result >= 0)
            Ir.Exit(_result);
        else
            Ir.Exit();
        _loopBounds.Settle(Ir.Code);
    }

    private void Body()
    {
        int end = _exit;
        if (_span is not null)
        {
            _duration = _span.Leave(end, Recall);
            // From here on there is a slot to give back.
            _exit = Ir.NewLabel();
        }

        if (_clause.Predicate is { } predicate)
            Conditions.JumpUnless(predicate, _exit);
        Statement(_clause.Body);
        Ir.Span = default;
        if (_span is null)
            return;
        Ir.Mark(_exit);
        _span.Release();
        _exit = end;
    }

    /// <summary>A value that the entry has kept.</summary>
    private void Recall(VariableSymbol variable, Place place)
    {
        if (variable.Type.IsScalar && !variable.HasAddress)
            _registers.Add(variable, Extend(Ir.Load(place.Base, place.Offset, variable.Type.Size), variable.Type));
        else
            _places.Add(variable, place);
    }

    /// <summary>Ends the program here. A callback tells the function outside to end too.</summary>
    public void Return()
    {
        if (_outer is not null)
        {
            if (_outer._returned < 0)
                _outer._returned = _outer.Ir.Constant(0);
            int returned = _shared!.Import(_outer._returned, true);
            Ir.SetConstant(returned, 1);
            _written.Add(returned);
        }

        Ir.Jump(_exit);
    }

    /// <summary>Goes to the end if a register is 0: for look-ups that can't fail, which only the verifier does not know.</summary>
    public void ReturnIfNull(int register) => Ir.JumpIfConstant(Opcodes.JumpEqual, register, 0, _exit);

    /// <summary>A statement. Its temporaries on the stack are given back.</summary>
    public void Statement(BoundStatement statement)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        int mark = Frame.Mark();
        var outer = Ir.Span;
        Ir.Span = statement.Span;
        switch (statement)
        {
            case BoundBlock block:
                foreach (var inner in block.Statements)
                    Statement(inner);
                break;
            case BoundExpressionStatement { Expression: var expression }:
                Effect(expression);
                break;
            case BoundAssignVariable assign:
                AssignVariable(assign.Variable, assign.Value);
                // What holds the variable outlives the statement.
                mark = _places.ContainsKey(assign.Variable) ? Frame.Mark() : mark;
                break;
            case BoundAssignMap assign:
                Maps.Assign(assign.Map, assign.Keys, assign.Value);
                break;
            case BoundAddToMap add:
                Maps.Add(add.Map, add.Keys, add.Value, add.Subtract);
                break;
            case BoundAggregate aggregate:
                Maps.Aggregate(aggregate);
                break;
            case BoundRow row:
                Events.EmitRow(row);
                break;
            case BoundHandler handler:
                Events.Emit(_ => new HandlerEvent(handler.Handler), []);
                break;
            case BoundIf choice:
                If(choice);
                break;
            case BoundLoop loop:
                Loop(loop);
                break;
            case BoundMapLoop loop:
                MapLoop(loop);
                break;
            case BoundLoopJump jump:
                Ir.Jump(jump.IsBreak ? _loops.Peek().Break : _loops.Peek().Continue);
                break;
            case BoundReturn result:
                if (result.Value is not null && _result >= 0)
                    Ir.Move(_result, Scalar(result.Value));
                Return();
                break;
        }

        Frame.Release(Math.Max(mark, Memory.KeptStack));
        Ir.Span = outer;
    }

    /// <summary>A register with a scalar's value, in all 64 bits. It must not be changed.</summary>
    public int Scalar(BoundExpression expression)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        var outer = Ir.Span;
        Ir.Span = expression.Span;
        int register = expression switch
        {
            BoundConstant e => Ir.Constant(e.Value),
            BoundVariable { Variable.HasAddress: true } e => Load(PlaceOf(e.Variable), e.Type),
            BoundVariable e => Ir.Copy(FindRegister(e.Variable)!.Value),
            BoundVariableAddress e => AddressOf(e.Variable),
            BoundMapAddress e => AddressOf(e.Map),
            BoundBuiltin e => e.Definition.Emit!(this, e),
            BoundCall e => e.Definition.Emit(this, e),
            BoundField e => Field(Probe, e.Field),
            BoundRawArgument e => Cut(ArgumentWord(e.Index, e.InRegister), e.Type),
            BoundMapRead e => Maps.Read(e),
            BoundAggregateRead e => Maps.Read(e),
            BoundIncrement e => Increment(e, isUsed: true),
            BoundConversion e => Conversion(e),
            BoundElement e => Load(Memory.Locate(e.Value).At(e.Element.Offset), e.Type),
            BoundBlockExpression e => Block(e, Scalar),
            BoundDereference e => Dereference(e),
            BoundBits e => Bits(e),
            BoundIndex e => Element(e),
            BoundReinterpretation e => Load(Memory.Locate(e.Value), e.Type),
            BoundUnary or BoundBinary or BoundTernary => new ArithmeticEmitter(this).Emit(expression),
            _ => throw new InvalidOperationException($"{expression.GetType().Name} is no scalar"),
        };
        Ir.Span = outer;
        return register;
    }

    /// <summary>A value in memory as a register.</summary>
    public int Load(Place place, TraceType type) => Extend(Ir.Load(place.Base, place.Offset, type.Size), type);

    /// <summary>Sign-extends what was loaded or cut to a type's size.</summary>
    public int Extend(int register, TraceType type)
    {
        if (type is EnumType choice)
            type = choice.Integer;
        if (type is IntegerType { Signed: true, Size: < 8 })
        {
            Ir.AluConstant(Opcodes.ShiftLeft, register, 64 - type.Size * 8);
            Ir.AluConstant(Opcodes.ArithmeticShiftRight, register, 64 - type.Size * 8);
        }

        return register;
    }

    /// <summary>Reads kernel memory that may not be there: 0 then.</summary>
    public int ReadKernel(int address, int offset, int size) => ReadAny(address, offset, size, AddressSpace.Kernel);

    /// <summary>Reads memory that may not be there: 0 then.</summary>
    public int ReadAny(int address, int offset, int size, AddressSpace space)
    {
        int mark = Frame.Mark();
        var place = Memory.Allocate(8);
        Memory.ReadInto(place, address, offset, size, space);
        int value = Ir.Load(place.Base, place.Offset, size);
        Frame.Release(mark);
        return value;
    }

    /// <summary>Runs a block expression's statements, and then takes its value.</summary>
    public T Block<T>(BoundBlockExpression block, Func<BoundExpression, T> value)
    {
        foreach (var statement in block.Statements)
            Statement(statement);
        return value(block.Value!);
    }

    /// <summary>Adds the step to a map's entry or a variable; gives the value before or after.</summary>
    public int Increment(BoundIncrement e, bool isUsed)
    {
        int step = e.Step;
        if (e.Target is BoundMapRead read)
            return Maps.Increment(read, step, e.IsPostfix, isUsed);
        if (e.Target is BoundVariable { Variable: { HasAddress: true } inMemory })
            return IncrementInMemory(inMemory, step, e.IsPostfix);
        int variable = FindRegister(((BoundVariable)e.Target).Variable)!.Value;
        if (IsInLoop && e.Target.Type is PointerType)
            Ir.Move(variable, Number(e.Target));
        int before = Ir.Copy(variable);
        Ir.AluConstant(Opcodes.Add, variable, step);
        // Only a declared variable has less than 64 bits.
        if (e.Type.Size < 8)
            Ir.Move(variable, Cut(Ir.Copy(variable), e.Type));
        _written.Add(variable);
        return e.IsPostfix ? before : Ir.Copy(variable);
    }

    private void Effect(BoundExpression expression)
    {
        switch (expression)
        {
            case BoundIncrement increment:
                Increment(increment, isUsed: false);
                break;
            case BoundTernary { Type: NoneType } choice:
                If(new BoundIf(choice.Condition, new BoundExpressionStatement(choice.Then), new BoundExpressionStatement(choice.Else), choice.Span));
                break;
            case BoundBlockExpression block:
                foreach (var statement in block.Statements)
                    Statement(statement);
                if (block.Value is { } value)
                    Discard(value);
                break;
            case BoundCall { Type: NoneType or BoolType } call:
                call.Definition.Emit(this, call);
                break;
        }
    }

    /// <summary>Evaluates what nobody needs the value of.</summary>
    private void Discard(BoundExpression value)
    {
        if (value.Type.IsScalar)
            Scalar(value);
        else
            Memory.Locate(value);
    }

    private void AssignVariable(VariableSymbol variable, BoundExpression value)
    {
        if (variable.Type.IsScalar)
        {
            int result = Scalar(value);
            if (variable.HasAddress)
            {
                SetInMemory(variable, result);
                return;
            }

            if (FindRegister(variable) is not { } register)
                _registers.Add(variable, register = Ir.NewRegister());
            Ir.Move(register, result);
            _written.Add(register);
            return;
        }

        if (value is BoundConstant)
        {
            // let $x; of a text or tuple: all zeros
            _places[variable] = Home(variable);
            Memory.Zero(_places[variable], variable.Type.Size);
            return;
        }

        // The right side may read the variable itself: so it is complete before the variable changes.
        var source = Memory.Locate(value);
        if (FindPlace(variable) is not { } place)
            _places.Add(variable, place = Home(variable));
        Memory.Convert(place, variable.Type, source, value.Type);
    }

    /// <summary>A variable that was declared before gets what is in memory.</summary>
    public void StoreVariable(VariableSymbol variable, Place value, TraceType type)
    {
        if (!variable.Type.IsScalar)
        {
            Memory.Convert(FindPlace(variable)!.Value, variable.Type, value, type);
            return;
        }

        if (variable.HasAddress)
        {
            SetInMemory(variable, Load(value, type));
            return;
        }

        int register = FindRegister(variable)!.Value;
        Ir.Move(register, Load(value, type));
        _written.Add(register);
    }

    private void If(BoundIf choice)
    {
        int otherwise = Ir.NewLabel(), done = Ir.NewLabel();
        Conditions.JumpUnless(choice.Condition, otherwise);
        Branch(choice.Then);
        if (choice.Else is not null)
            Ir.Jump(done);
        Ir.Mark(otherwise);
        if (choice.Else is not null)
            Branch(choice.Else);
        Ir.Mark(done);
    }

    /// <summary>A statement that does not always run: what it looked up is not there afterwards.</summary>
    private void Branch(BoundStatement statement)
    {
        var known = Memory.SaveKnown();
        Statement(statement);
        Memory.RestoreKnown(known);
    }
}
