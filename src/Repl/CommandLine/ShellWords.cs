using System.Collections.Immutable;
using System.Text;

namespace Ctrace.Repl;

/// <summary>Splits a command into words as a shell does: blanks separate, quotes and backslashes protect. Nothing is expanded.</summary>
public static class ShellWords
{
    /// <summary>The words.</summary>
    /// <exception cref="UsageException">A quote is not closed.</exception>
    public static ImmutableArray<string> Split(string command)
    {
        var words = ImmutableArray.CreateBuilder<string>();
        var word = new StringBuilder();
        bool inWord = false;
        char quote = '\0';
        for (int i = 0; i < command.Length; i++)
        {
            char c = command[i];
            if (quote == '\0' && (c is ' ' or '\t' or '\n'))
            {
                if (inWord)
                    words.Add(word.ToString());
                word.Clear();
                inWord = false;
                continue;
            }

            inWord = true;
            if (c == quote)
                quote = '\0';
            else if (quote == '\0' && (c is '\'' or '"'))
                quote = c;
            else if (c == '\\' && quote != '\'' && i + 1 < command.Length && Escapes(quote, command[i + 1]))
                word.Append(command[++i]);
            else
                word.Append(c);
        }

        if (quote != '\0')
            throw new UsageException($"-c: a {quote} is not closed in: {command}");
        if (inWord)
            words.Add(word.ToString());
        return words.ToImmutable();
    }

    /// <summary>In double quotes a backslash is an ordinary character unless something special follows.</summary>
    private static bool Escapes(char quote, char next) => quote == '\0' || next is '"' or '\\' or '$' or '`';
}
