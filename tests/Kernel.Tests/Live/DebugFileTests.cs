using System.Diagnostics;
using System.Globalization;
using Ctrace.Runtime.Symbols;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Symbols of binaries that were stripped, from where distributions put them.</summary>
public class DebugFileTests
{
    /// <summary>Prints where a function is that no table of dynamic symbols has, and waits.</summary>
    private const string Text = """
        #include <stdio.h>
        #include <unistd.h>
        __attribute__((noinline)) static int place_order(int n) { return n * 3 + getpid(); }
        int main() { printf("%p %d\n", (void *)place_order, place_order(3)); fflush(stdout); sleep(60); return 0; }
        """;

    [KernelFact("gcc", "objcopy", "strip")]
    public void A_file_that_the_binary_names_is_found_where_gdb_finds_it()
    {
        using var programs = new Programs();
        string binary = programs.Compile("shop", Text), debug = binary + ".debug";
        string[] places = [debug, Path.Combine(programs.Folder, ".debug", "shop.debug")];
        Assert.Equal("place_order", NameIn(binary, 5));
        Programs.Run("objcopy", "--only-keep-debug", binary, debug);
        Programs.Run("strip", "-s", "-R", ".note.gnu.build-id", binary);
        Assert.Null(NameIn(binary, 5));
        Programs.Run("objcopy", $"--add-gnu-debuglink={debug}", binary);
        Directory.CreateDirectory(Path.GetDirectoryName(places[1])!);
        foreach (string place in places)
        {
            if (place != debug)
                File.Move(debug, place);
            Assert.Equal("place_order", NameIn(binary, 5));
        }

        // Another version's file must not give names.
        File.AppendAllText(places[1], "changed");
        Assert.Null(NameIn(binary, 5));
    }

    [KernelFact("gcc", "objcopy", "strip", "xz")]
    public void A_compressed_table_in_the_binary_is_read()
    {
        using var programs = new Programs();
        foreach (string check in (string[])["crc32", "crc64", "sha256", "none"])
        {
            string binary = programs.Compile("shop-" + check, Text), small = binary + ".mini";
            Programs.Run("objcopy", "--only-keep-debug", binary, small);
            Programs.Run("xz", $"--check={check}", small);
            Programs.Run("strip", "-s", binary);
            Programs.Run("objcopy", "--add-section", $".gnu_debugdata={small}.xz", binary);
            Assert.Equal("place_order", NameIn(binary, 2));
        }

        // What can't be read gives no names, and nothing worse.
        string broken = programs.Compile("broken", Text), rubbish = broken + ".xz";
        Programs.Run("strip", "-s", broken);
        byte[] bytes = File.ReadAllBytes(Path.Combine(programs.Folder, "shop-crc32.mini.xz"));
        new Random(1).NextBytes(bytes.AsSpan(bytes.Length / 2));
        File.WriteAllBytes(rubbish, bytes);
        Programs.Run("objcopy", "--add-section", $".gnu_debugdata={rubbish}", broken);
        Assert.Null(NameIn(broken, 2));
    }

    [KernelFact("gcc", "objcopy", "strip", "unshare")]
    public void A_file_is_found_by_build_id_within_the_processs_own_root()
    {
        using var programs = new Programs();
        string binary = programs.Compile("shop", Text, "-g -Wl,--build-id=0xabcdef0123"), debug = binary + ".debug";
        Programs.Run("objcopy", "--only-keep-debug", binary, debug);
        Programs.Run("strip", "-s", binary);
        string script = $"mount -t tmpfs none /usr/lib/debug && mkdir -p /usr/lib/debug/.build-id/ab && mv {debug} /usr/lib/debug/.build-id/ab/cdef0123.debug && exec {binary}";
        Assert.Equal("place_order", NameIn("unshare", 1, "-m", "sh", "-c", script));
        Assert.Null(NameIn(binary, 1));
    }

    [KernelFact("gcc")]
    public void A_deleted_binary_is_still_read()
    {
        using var programs = new Programs();
        string binary = programs.Compile("shop", Text);
        Assert.Equal("place_order", NameIn("sh", 1, "-c", $"{binary} & sleep 0.2; rm {binary}; cp /bin/true {binary}; wait"));
    }

    /// <summary>Where the C library is musl there is no cache of libraries.</summary>
    [KernelFact("gcc")]
    public void A_library_is_found_in_the_folders_of_the_loader()
    {
        using var programs = new Programs();
        string[] folders = ["a", "b", "c"];
        foreach (string folder in folders)
            Directory.CreateDirectory(Path.Combine(programs.Folder, folder));
        string library = Path.Combine(programs.Folder, "b", "libshop.so.1");
        File.Copy(programs.Compile("shop", Text), library);
        File.Copy(library, Path.Combine(programs.Folder, "b", "libshopping.so"));
        File.Copy(library, Path.Combine(programs.Folder, "c", "libshop.so"));
        // A script for the linker.
        File.WriteAllText(Path.Combine(programs.Folder, "a", "libshop.so"), "GROUP ( libshop.so.1 )");
        var paths = folders.Select(f => Path.Combine(programs.Folder, f)).Append("/no/such");
        Assert.Equal([library, library, library], new[] { "shop", "libshop", "libshop.so.1" }.Select(n => BinaryFinder.InFolders(n, paths)));
        Assert.Null(BinaryFinder.InFolders("sho", paths));
    }

    [Fact]
    public void Functions_of_the_vDSO_are_named()
    {
        var vdso = Mapping.ReadAll(Environment.ProcessId)!.Single(m => m.File == "[vdso]");
        var symbols = new Symbolizer();
        var names = new HashSet<string?>();
        for (ulong address = vdso.Start; address < vdso.End; address += 4)
            names.Add(symbols.User(Environment.ProcessId, address).Name);
        Assert.Contains(names, n => n is not null && n.Contains("clock_gettime"));
        Assert.Equal("[vdso]", symbols.User(Environment.ProcessId, vdso.Start + 4).File);
    }

    /// <summary>The name of the function that a program prints the address of.</summary>
    private static string? NameIn(string command, ulong distance, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(command, args) { RedirectStandardOutput = true })!;
        try
        {
            ulong address = ulong.Parse(process.StandardOutput.ReadLine()!.Split(' ')[0].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            int id = process.Id;
            if (command == "sh")
            {
                id = int.Parse(File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ')[0], CultureInfo.InvariantCulture);
                while (Mapping.ReadAll(id)!.TrueForAll(m => !m.IsDeleted))
                    Thread.Sleep(20);
            }

            var (name, into, _) = new Symbolizer().User(id, address + distance);
            Assert.True(name is null || into == distance);
            return name;
        }
        finally
        {
            // A binary that still runs can't be changed.
            process.Kill(true);
            process.WaitForExit();
        }
    }
}
