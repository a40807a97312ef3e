namespace Ctrace.Kernel.Tests.Live;

/// <summary>Ends a test that turns out to be impossible here: it counts as skipped, and not as passed.</summary>
internal sealed class Skip : Exception
{
    /// <summary>What its message begins with: the runner of the test machines knows it by that.</summary>
    public const string Token = "$XunitDynamicSkip$";

    private Skip(string why) : base(Token + why)
    {
    }

    /// <summary>What a test throws that is to be skipped.</summary>
    /// <param name="why">The reason, shown beside its name.</param>
    public static Skip Because(string why) => new(why);
}
