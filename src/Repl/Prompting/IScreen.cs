namespace Ctrace.Repl.Prompting;

/// <summary>Where a workspace's output goes: lines above a prompt, or plain lines where there is none. Safe from any thread.</summary>
internal interface IScreen
{
    /// <summary>Columns; 0 where nothing need be cut.</summary>
    int Width { get; }

    /// <summary>Whether colours are shown.</summary>
    bool HasColour { get; }

    /// <summary>Whether maps are drawn while they change: then nobody need print them.</summary>
    bool IsLive { get; }

    /// <summary>Shows text, one or more lines. May wait when there is more than can be shown.</summary>
    void Print(string text);

    /// <summary>Shows a message that is no result.</summary>
    void Message(string text);

    /// <summary>Something that is drawn has changed.</summary>
    void Changed();
}
