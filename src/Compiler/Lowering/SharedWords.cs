using Ctrace.Compiler.Bytecode;

namespace Ctrace.Compiler.Lowering;

/// <summary>
/// What a callback shares with the function that hands it to the kernel: a block of words on that function's stack. The callback loads
/// what it needs of them when it begins, and stores what it has changed when it ends.
/// </summary>
/// <param name="inner">The callback's instructions.</param>
/// <param name="block">The callback's register with the block's address.</param>
internal sealed class SharedWords(IrBuilder inner, int block)
{
    private readonly List<(int Outer, int Inner)> _words = [];
    private readonly int _start = inner.Code.Count;

    /// <summary>Registers of the callback that hold numbers, although they come from memory that may hold pointers as well.</summary>
    public HashSet<int> Numbers { get; } = [];

    /// <summary>How many words there are.</summary>
    public int Count => _words.Count;

    /// <summary>The registers outside, word by word.</summary>
    public IEnumerable<int> Outside => _words.Select(word => word.Outer);

    /// <summary>The callback's register for what the other function has in one of its own.</summary>
    public int Import(int outside, bool isNumber)
    {
        int known = _words.FindIndex(word => word.Outer == outside);
        if (known >= 0)
            return _words[known].Inner;
        int inside = inner.NewRegister();
        _words.Add((outside, inside));
        if (isNumber)
            Numbers.Add(inside);
        return inside;
    }

    /// <summary>Whether a register of the callback's has come from outside.</summary>
    public bool IsImported(int inside) => _words.Exists(word => word.Inner == inside);

    /// <summary>Whether a word is a number to both.</summary>
    public bool IsNumber(int index) => Numbers.Contains(_words[index].Inner);

    /// <summary>Stores, at the callback's end, those words that it may have changed.</summary>
    /// <param name="written">Its registers that it changes.</param>
    /// <returns>The words' indices.</returns>
    public List<int> StoreChanged(HashSet<int> written)
    {
        var changed = Enumerable.Range(0, _words.Count).Where(i => written.Contains(_words[i].Inner)).ToList();
        foreach (int i in changed)
            inner.Store(block, i * 8, LoopWidening.HiddenCopy(inner, _words[i].Inner), 8);
        return changed;
    }

    /// <summary>Puts the loads where the callback begins: only now it is known which they are.</summary>
    public void LoadAll()
    {
        int end = inner.Code.Count;
        for (int i = 0; i < _words.Count; i++)
        {
            int loaded = inner.Load(block, i * 8, 8);
            if (Numbers.Contains(_words[i].Inner))
                Numbers.Add(loaded);
            inner.Move(_words[i].Inner, loaded);
        }

        var loads = inner.Code.GetRange(end, inner.Code.Count - end);
        inner.Code.RemoveRange(end, loads.Count);
        inner.Code.InsertRange(_start, loads);
    }
}
