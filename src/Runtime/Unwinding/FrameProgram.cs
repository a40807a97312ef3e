using Ctrace.Runtime.Symbols.Dwarf;

namespace Ctrace.Runtime.Unwinding;

/// <summary>
/// Runs the instructions of an entry of .eh_frame (DWARF 5, 6.4.2): they tell what changes from which address on. Those that no
/// binary for x86-64 has, or that can't be followed, make what they change unknown.
/// </summary>
/// <param name="codeUnit">What distances between addresses are multiplied with.</param>
/// <param name="dataUnit">The same for places on the stack.</param>
/// <param name="pointerSize">Bytes of an address in <c>DW_CFA_set_loc</c>, or 0 where its form is not known.</param>
internal struct FrameProgram(ulong codeUnit, long dataUnit, int pointerSize)
{
    /// <summary>Deeper than any compiler goes.</summary>
    private const int MostRemembered = 64;

    private List<FrameState>? _remembered;

    /// <summary>What is true now.</summary>
    public FrameState State;

    /// <summary>What was true at the beginning: what <c>DW_CFA_restore</c> goes back to.</summary>
    public FrameState Initial;

    /// <summary>Runs until the end, and tells of each change.</summary>
    /// <param name="instructions">The instructions.</param>
    /// <param name="place">The address that they begin with.</param>
    /// <param name="add">Told of what was true from an address on, when that ends.</param>
    /// <returns>Whether all could be followed.</returns>
    public bool Run(ReadOnlySpan<byte> instructions, ulong place, Action<ulong, FrameState>? add)
    {
        var reader = new DwarfReader(instructions, 0);
        while (!reader.AtEnd)
        {
            byte code = reader.Byte();
            ulong low = code & 0x3fu;
            ulong? distance = null;
            switch (code & 0xc0)
            {
                case 0x40:
                    distance = low;
                    break;
                case 0x80:
                    Save(low, (long)reader.Unsigned() * dataUnit);
                    break;
                case 0xc0:
                    Restore(low);
                    break;
                default:
                    if (code is >= 1 and <= 4)
                    {
                        if (code == 1 && pointerSize == 0)
                            return false;
                        distance = code == 1 ? (reader.Fixed(pointerSize) - place) / Math.Max(1, codeUnit) : reader.Fixed(1 << (code - 2));
                    }
                    else if (!Change(code, ref reader))
                    {
                        return false;
                    }

                    break;
            }

            if (distance is not { } far)
                continue;
            add?.Invoke(place, State);
            place += far * codeUnit;
        }

        add?.Invoke(place, State);
        return true;
    }

    private bool Change(byte code, ref DwarfReader reader)
    {
        switch (code)
        {
            case 0x00: // nop
                return true;
            case 0x05: // offset_extended
                Save(reader.Unsigned(), (long)reader.Unsigned() * dataUnit);
                return true;
            case 0x06: // restore_extended
                Restore(reader.Unsigned());
                return true;
            case 0x07: // undefined
                Set(reader.Unsigned(), FrameState.SavedKind.Nowhere);
                return true;
            case 0x08: // same_value
                Set(reader.Unsigned(), FrameState.SavedKind.Same);
                return true;
            case 0x09: // register
                Set(reader.Unsigned(), FrameState.SavedKind.Unknown);
                reader.Unsigned();
                return true;
            case 0x0a: // remember_state
                (_remembered ??= []).Add(State);
                return _remembered.Count <= MostRemembered;
            case 0x0b: // restore_state
                if (_remembered is not [.., var last])
                    return false;
                State = last;
                _remembered.RemoveAt(_remembered.Count - 1);
                return true;
            case 0x0c: // def_cfa
                Begin(reader.Unsigned(), (long)reader.Unsigned());
                return true;
            case 0x0d: // def_cfa_register
                Begin(reader.Unsigned(), State.Distance);
                return true;
            case 0x0e: // def_cfa_offset
                State.Distance = (long)reader.Unsigned();
                return true;
            case 0x0f: // def_cfa_expression
                BeginWith(Block(ref reader));
                return true;
            case 0x10: // expression
                ulong saved = reader.Unsigned();
                Set(saved, IsFramePointer(Block(ref reader)) ? FrameState.SavedKind.AtFramePointer : FrameState.SavedKind.Unknown);
                return true;
            case 0x11: // offset_extended_sf
                Save(reader.Unsigned(), reader.Signed() * dataUnit);
                return true;
            case 0x12: // def_cfa_sf
                Begin(reader.Unsigned(), reader.Signed() * dataUnit);
                return true;
            case 0x13: // def_cfa_offset_sf
                State.Distance = reader.Signed() * dataUnit;
                return true;
            case 0x14 or 0x15: // val_offset, val_offset_sf
                Set(reader.Unsigned(), FrameState.SavedKind.Unknown);
                reader.Unsigned();
                return true;
            case 0x16: // val_expression
                Set(reader.Unsigned(), FrameState.SavedKind.Unknown);
                Block(ref reader);
                return true;
            case 0x2e: // GNU_args_size
                reader.Unsigned();
                return true;
            case 0x2f: // GNU_negative_offset_extended
                Save(reader.Unsigned(), -(long)reader.Unsigned() * dataUnit);
                return true;
            default:
                return false;
        }
    }

    private void Begin(ulong register, long distance)
    {
        State.Distance = distance;
        State.Begin = register switch
        {
            FrameState.StackPointer => FrameState.BeginKind.StackPointer,
            FrameState.FramePointer => FrameState.BeginKind.FramePointer,
            _ => FrameState.BeginKind.Unknown,
        };
    }

    /// <summary>Of all expressions, binaries have two: that of linkage tables, and that of functions which align their frame.</summary>
    private void BeginWith(ReadOnlySpan<byte> expression)
    {
        const byte literal = 0x30;
        State.Begin = FrameState.BeginKind.Unknown;
        // breg7 8; breg16 0; lit15; and; litN; ge; lit3; shl; plus: rsp + 8 + ((rip & 15) >= N) << 3
        if (expression.Length == 11 && expression.StartsWith((ReadOnlySpan<byte>)[0x77, 8, 0x80, 0, 0x3f, 0x1a]) && expression.EndsWith((ReadOnlySpan<byte>)[0x2a, 0x33, 0x24, 0x22])
            && expression[6] is >= literal and < literal + 16)
            (State.Begin, State.Distance) = (FrameState.BeginKind.LinkageTable, expression[6] - literal);
        // breg6 N; deref: *(rbp + N)
        if (expression is [0x76, .., 0x06])
        {
            var reader = new DwarfReader(expression, 1);
            long distance = reader.Signed();
            if (reader.Position == expression.Length - 1)
                (State.Begin, State.Distance) = (FrameState.BeginKind.ThroughFramePointer, distance);
        }
    }

    /// <summary>breg6 0</summary>
    private static bool IsFramePointer(ReadOnlySpan<byte> expression) => expression is [0x76, 0];

    private static ReadOnlySpan<byte> Block(ref DwarfReader reader)
    {
        ulong length = reader.Unsigned();
        return reader.Take(length);
    }

    private void Save(ulong register, long at)
    {
        Set(register, FrameState.SavedKind.OnStack);
        if (register == FrameState.FramePointer)
            State.SavedAt = at;
        else if (register == FrameState.ReturnAddress)
            State.ReturnsAt = at;
    }

    private void Set(ulong register, FrameState.SavedKind kind)
    {
        if (register == FrameState.FramePointer)
            State.Saved = kind;
        else if (register == FrameState.ReturnAddress)
            State.Returns = kind;
    }

    private void Restore(ulong register)
    {
        if (register == FrameState.FramePointer)
            (State.Saved, State.SavedAt) = (Initial.Saved, Initial.SavedAt);
        else if (register == FrameState.ReturnAddress)
            (State.Returns, State.ReturnsAt) = (Initial.Returns, Initial.ReturnsAt);
    }
}
