using System.Numerics;

namespace Ctrace.Compiler.Lowering;

/// <summary>A set of registers. Large programs have ten thousands, of which few are in use at a time: going through a set is fast.</summary>
internal sealed class RegisterSet(int registers)
{
    private readonly ulong[] _words = new ulong[(registers + 63) / 64];

    public bool this[int register]
    {
        get => (_words[register >> 6] >> register & 1) != 0;
        set
        {
            if (value)
                _words[register >> 6] |= 1ul << register;
            else
                _words[register >> 6] &= ~(1ul << register);
        }
    }

    /// <summary>Adds what is in another set of the same size.</summary>
    public void Add(RegisterSet other)
    {
        for (int i = 0; i < _words.Length; i++)
            _words[i] |= other._words[i];
    }

    public bool Holds(RegisterSet other) => _words.AsSpan().SequenceEqual(other._words);

    public RegisterSet Copy()
    {
        var copy = new RegisterSet(registers);
        copy.Add(this);
        return copy;
    }

    /// <summary>The registers in it, in ascending order.</summary>
    public Enumerator GetEnumerator() => new(_words);

    /// <summary>Goes through a set.</summary>
    internal struct Enumerator(ulong[] words)
    {
        private int _word = -1;
        private ulong _rest;

        public int Current { get; private set; }

        public bool MoveNext()
        {
            while (_rest == 0)
            {
                if (++_word >= words.Length)
                    return false;
                _rest = words[_word];
            }

            Current = _word * 64 + BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }
}
