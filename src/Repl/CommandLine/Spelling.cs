namespace Ctrace.Repl;

/// <summary>Finds what was probably meant.</summary>
internal static class Spelling
{
    /// <summary>The long option nearest to a word, if there is one within a third of its length.</summary>
    internal static string? Closest(string word, IEnumerable<string> names)
    {
        string? best = null;
        int least = word.Length / 3 + 1;
        foreach (string name in names)
        {
            if (name.Length > 2 && Distance(word.TrimStart('-'), name[2..]) is var distance && distance < least)
                (best, least) = (name, distance);
        }

        return best;
    }

    /// <summary>Number of characters to insert, delete or replace.</summary>
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
