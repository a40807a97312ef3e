using Ctrace.Compiler.Binding;

namespace Ctrace.Compiler.Symbols;

/// <summary>
/// How wide the integers are that a variable, a map or a part of a key or of a tuple is assigned, over the whole program. It keeps all 64 bits of
/// each; <c>sizeof</c>, <c>typeof</c>, <c>bswap</c> and <c>~</c> go by the widest type, as in bpftrace.
/// </summary>
internal sealed class AssignedType
{
    private readonly Dictionary<int, AssignedType> _elements = [];
    private int _signed, _unsigned;
    private long _least, _most;
    private bool _isAsked, _hasLiteral;

    /// <summary>Whether something of a known type is assigned, and not only numbers that are written out.</summary>
    public bool IsTyped => _signed + _unsigned > 0;

    /// <summary>The same of an element, where tuples are assigned.</summary>
    public AssignedType Element(int index)
    {
        if (!_elements.TryGetValue(index, out var element))
            _elements.Add(index, element = new AssignedType());
        return element;
    }

    /// <summary>Says what an element's is, which others know too.</summary>
    public void SetElement(int index, AssignedType element) => _elements[index] = element;

    /// <summary>Notes a number that is written out: it is as small as the others let it be.</summary>
    /// <returns>Whether what was answered before may be another type now.</returns>
    public bool AddLiteral(long value)
    {
        bool isNew = !_hasLiteral || value < _least || value > _most;
        (_hasLiteral, _least, _most) = (true, Math.Min(_least, value), Math.Max(_most, value));
        return isNew && _isAsked;
    }

    /// <summary>Notes a value of so many bytes.</summary>
    /// <inheritdoc cref="AddLiteral"/>
    public bool Add(int size, bool isSigned)
    {
        bool isNew = size > (isSigned ? _signed : _unsigned);
        if (isSigned)
            _signed = Math.Max(size, _signed);
        else
            _unsigned = Math.Max(size, _unsigned);
        return isNew && _isAsked;
    }

    /// <summary>The type, where values are kept as another, which has the sign.</summary>
    public IntegerType Ask(IntegerType kept)
    {
        _isAsked = true;
        if (!IsTyped && !_hasLiteral)
            return kept;
        // What has no sign, and what has one, go together in the next larger type.
        bool isSigned = _unsigned == 0 || _signed > 0 || _least < 0;
        int size = !isSigned || _unsigned == 0 || _signed > _unsigned ? Math.Max(1, Math.Max(_signed, _unsigned)) : _unsigned * 2;
        while (size < kept.Size && (OperatorBinder.Cut(_least, new IntegerType(size, isSigned)) != _least || OperatorBinder.Cut(_most, new IntegerType(size, isSigned)) != _most))
            size *= 2;
        return new IntegerType(Math.Min(size, kept.Size), kept.Signed);
    }
}
