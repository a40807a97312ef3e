namespace Ctrace.Runtime.Loading;

/// <summary>Looks on while maps and programs are made in the kernel.</summary>
public interface ILoadObserver
{
    /// <summary>Whether the verifier is to say all that it thinks; that takes time.</summary>
    bool WantsVerifierLog { get; }

    /// <summary>A map is there.</summary>
    /// <param name="map">What it was made from.</param>
    /// <param name="fd">Its descriptor.</param>
    void OnMap(Compiler.Layouts.MapSpec map, int fd);

    /// <summary>A program is there.</summary>
    /// <param name="program">What it was made from.</param>
    /// <param name="fd">Its descriptor.</param>
    /// <param name="verifierLog">What the verifier said; empty where nobody asked.</param>
    void OnProgram(Compiler.BpfProgram program, int fd, string verifierLog);
}
