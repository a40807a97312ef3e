namespace Ctrace.Repl.Prompting;

/// <summary>Keys as they are typed.</summary>
internal abstract class KeySource
{
    /// <summary>The next key, if there is one.</summary>
    internal abstract bool TryRead(out Typed typed);

    /// <summary>Waits a little for keys.</summary>
    internal abstract void Wait();
}

/// <summary>The terminal's keys.</summary>
internal sealed class TerminalKeys : KeySource
{
    /// <summary>How long an idle prompt sleeps before it looks at the window's size.</summary>
    private const int IdleMilliseconds = 50;

    /// <summary>How long the rest of a key's bytes may take, over a slow line too.</summary>
    private const int SequenceMilliseconds = 30;

    private readonly KeyDecoder _decoder = new();
    private readonly byte[] _bytes = new byte[4096];

    /// <summary>Whether the terminal is gone.</summary>
    internal bool IsClosed { get; private set; }

    internal override bool TryRead(out Typed typed)
    {
        while (true)
        {
            if (_decoder.Next(false) is { } key)
            {
                typed = key;
                return true;
            }

            if (TerminalMode.WaitForKeys(_decoder.IsUnfinished ? SequenceMilliseconds : 0) && !IsClosed)
            {
                int count = TerminalMode.Read(_bytes);
                IsClosed = count == 0;
                _decoder.Add(_bytes.AsSpan(0, count));
                if (count > 0)
                    continue;
            }

            if (IsClosed)
            {
                // As Ctrl-D on an empty line.
                Thread.Sleep(IdleMilliseconds);
                typed = new Typed(new ConsoleKeyInfo('\x04', ConsoleKey.D, false, false, true));
                return true;
            }

            // Nothing more came: what looked like the beginning of a sequence was the Escape key.
            typed = _decoder.Next(true) ?? default;
            return typed != default;
        }
    }

    internal override void Wait() => TerminalMode.WaitForKeys(IdleMilliseconds);
}
