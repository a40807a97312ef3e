namespace Ctrace.Repl;

/// <summary>The program, or the machine, can't do what is asked; the message is one line for the user.</summary>
public sealed class RefusedException(string message) : Exception(message);
