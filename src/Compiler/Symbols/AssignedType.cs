using Ctrace.Compiler.Binding;

namespace Ctrace.Compiler.Symbols;

/// <summary>
/// How wide the integers are that a variable or a map is assigned, over the whole program. It keeps all 64 bits of each; <c>sizeof</c>,
/// <c>typeof</c> and <c>bswap</c> go by the widest type, as in bpftrace.
/// </summary>
internal sealed class AssignedType
{
    private int _size;
    private long _least, _most;
    private bool _isAsked;

    /// <summary>Notes a number that is written out: it is as small as the others let it be.</summary>
    /// <returns>Whether what was answered before may be another type now.</returns>
    public bool AddLiteral(long value)
    {
        bool isNew = value < _least || value > _most;
        (_least, _most) = (Math.Min(_least, value), Math.Max(_most, value));
        return isNew && _isAsked;
    }

    /// <summary>Notes a value of so many bytes.</summary>
    /// <inheritdoc cref="AddLiteral"/>
    public bool Add(int size)
    {
        bool isNew = size > _size;
        _size = Math.Max(size, _size);
        return isNew && _isAsked;
    }

    /// <summary>The type, where values are kept as another, which has the sign. What is only assigned literals has all 64 bits.</summary>
    public IntegerType Ask(IntegerType kept)
    {
        _isAsked = true;
        var type = _size == 0 ? kept : new IntegerType(Math.Min(_size, kept.Size), kept.Signed);
        while (type.Size < kept.Size && (OperatorBinder.Cut(_least, type) != _least || OperatorBinder.Cut(_most, type) != _most))
            type = new IntegerType(type.Size * 2, type.Signed);
        return type;
    }
}
