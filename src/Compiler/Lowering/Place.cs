namespace Ctrace.Compiler.Lowering;

/// <summary>A place in memory: the stack, per-CPU scratch memory, a map's value, an event's record.</summary>
/// <param name="Base">Register with an address; <see cref="IrBuilder.Frame"/> for the stack.</param>
/// <param name="Offset">Bytes from there.</param>
/// <param name="IsOwned">
/// Whether it is scratch memory that only one expression of the program ever writes: then what the last event left there
/// is known, and only that has to be wiped.
/// </param>
internal readonly record struct Place(int Base, int Offset, bool IsOwned = false)
{
    /// <summary>A place some bytes further.</summary>
    public Place At(int offset) => this with { Offset = Offset + offset };

    public static implicit operator Argument(Place place) => Argument.Address(place.Base, place.Offset);
}
