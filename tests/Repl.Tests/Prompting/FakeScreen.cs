using Ctrace.Compiler.Tests;
using Ctrace.Repl.Prompting;

namespace Ctrace.Repl.Tests.Prompting;

/// <summary>A screen that remembers what was shown.</summary>
internal sealed class FakeScreen : IScreen
{
    public List<string> Printed { get; } = [];
    public List<string> Messages { get; } = [];
    public int Width { get; init; } = 100;
    public bool HasColour => false;
    public bool IsLive => true;
    public void Print(string text) => Printed.AddRange(text.Split('\n'));
    public void Message(string text) => Messages.Add(text);
    public void Changed()
    {
    }

    public static Workspace NewWorkspace(FakeScreen? screen = null) =>
        new(new Settings(Limits.Read(_ => null)), screen ?? new FakeScreen(), new FakeTarget());
}
