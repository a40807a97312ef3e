namespace Ctrace.Kernel.Tests.Live;

/// <summary>Programs whose functions call each other on and on: what their stacks must be is known.</summary>
internal static class Shops
{
    /// <summary>C++: main → twice&lt;long&gt; → place(int) → Order::price → getppid(2), as often and as slowly as the arguments say.</summary>
    public const string Cpp = """
        #include <cstdio>
        #include <cstdlib>
        #include <unistd.h>
        #define KEEP(x) asm volatile("" : "+r"(x))
        namespace shop {
        struct Order { int n; __attribute__((noinline)) long price(int k, const char *s) const; };
        long Order::price(int k, const char *s) const { long r = n + k + (getppid() < 0); KEEP(r); return r + s[0]; }
        __attribute__((noinline)) long place(int n) { Order o{n}; long r = o.price(n, "x"); KEEP(r); return r; }
        __attribute__((noinline)) long place(int n, int m) { Order o{n}; long r = o.price(m, "x"); KEEP(r); return r; }
        template <typename T> __attribute__((noinline)) T twice(T x) { T r = x * 2 + place((int)x); KEEP(r); return r; }
        }
        int main(int argc, char **argv) {
            long s = 0;
            for (int i = 0; i < (argc > 1 ? atoi(argv[1]) : 1); i++) {
                s += shop::twice<long>(i) + shop::place(i, 2);
                if (argc > 2) usleep(atoi(argv[2]));
            }
            printf("%ld\n", s);
        }
        """;

    /// <summary>Rust: main → Desk as Serve → work → getppid(2), as often as the argument says.</summary>
    public const string Rust = """
        mod deep {
            extern "C" { fn getppid() -> i32; }
            pub trait Serve { fn serve(&self, n: u64) -> u64; }
            pub struct Desk<T> { pub x: T }
            impl<T> Serve for Desk<T> {
                #[inline(never)]
                fn serve(&self, n: u64) -> u64 { std::hint::black_box(work(n) + 1) }
            }
            #[inline(never)]
            pub fn work(n: u64) -> u64 { std::hint::black_box(unsafe { getppid() } as u64 + n) }
        }
        use deep::Serve;
        fn main() {
            let count: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
            let pause: u64 = std::env::args().nth(2).map_or(0, |t| t.parse().unwrap());
            let desk = deep::Desk { x: 5u8 };
            for i in 0..count {
                std::hint::black_box(desk.serve(i));
                if pause > 0 { std::thread::sleep(std::time::Duration::from_micros(pause)); }
            }
            std::hint::black_box(desk.x);
        }
        """;

    /// <summary>C: main → middle → deepest → getppid(2), as often and as slowly as the arguments say.</summary>
    public const string C = """
        #include <stdlib.h>
        #include <unistd.h>
        #define KEEP(x) asm volatile("" : "+r"(x))
        __attribute__((noinline)) long deepest(long n) { long r = getppid() + n; KEEP(r); return r; }
        __attribute__((noinline)) long middle(long n) { long r = deepest(n) + 1; KEEP(r); return r; }
        int main(int argc, char **argv) {
            long s = 0;
            for (int i = 0; i < (argc > 1 ? atoi(argv[1]) : 1); i++) {
                s += middle(i);
                if (argc > 2) usleep(atoi(argv[2]));
            }
            return s == 0;
        }
        """;

    /// <summary>Go: main.main → main.middle → main.deepest, as often and as slowly as the arguments say.</summary>
    public const string Go = """
        package main

        import ("os"; "strconv"; "time")

        var sum int

        //go:noinline
        func deepest(n int) int { sum += n; return sum }

        //go:noinline
        func middle(n int) int { return deepest(n) + 1 }

        func main() {
            count, _ := strconv.Atoi(os.Args[1])
            pause := 0
            if len(os.Args) > 2 { pause, _ = strconv.Atoi(os.Args[2]) }
            for i := 0; i < count; i++ {
                sum += middle(i)
                time.Sleep(time.Duration(pause) * time.Microsecond)
            }
        }
        """;

    /// <summary>
    /// C#: Main → ServeCustomer → PlaceOrder → labs(3), as often and as slowly (in milliseconds) as the arguments say. With the second, it prints
    /// what the runtime says of its stack, innermost first.
    /// </summary>
    public const string CSharp = """
        using System.Runtime.CompilerServices;
        using System.Runtime.InteropServices;

        static class Shop
        {
            static bool s_tells;

            [DllImport("libc")]
            static extern long labs(long x);

            [MethodImpl(MethodImplOptions.NoInlining)]
            static long PlaceOrder(long n)
            {
                if (n == 0 && s_tells)
                    Console.WriteLine(string.Join(' ', Environment.StackTrace.Split('\n').Select(l => l.Split('(')[0].Split('.')[^1])));
                return labs(-n) + 1;
            }

            [MethodImpl(MethodImplOptions.NoInlining)]
            static long ServeCustomer(long n) { return PlaceOrder(n) + 1; }

            static void Main(string[] args)
            {
                s_tells = args.Length > 1;
                for (long i = 0; i < long.Parse(args[0]); i++)
                {
                    ServeCustomer(i);
                    if (s_tells)
                        Thread.Sleep(int.Parse(args[1]));
                }
            }
        }
        """;

    /// <summary>Options that leave stacks whole and functions apart.</summary>
    public const string Options = "-g -O1 -fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-builtin";

    /// <summary>Compiles Rust, in its own way of writing symbols (v0) or the older one (legacy).</summary>
    public static string BuildRust(Programs programs, string version = "v0")
    {
        string source = Path.Combine(programs.Folder, "shop.rs"), program = Path.Combine(programs.Folder, "shop-" + version);
        File.WriteAllText(source, Rust);
        // The old names are an option of the compiler's that only unstable versions take.
        Programs.Run("env", "RUSTC_BOOTSTRAP=1", "rustc", "-g", "-O", "-Z", "unstable-options", "-C", "force-frame-pointers=yes", "-C", $"symbol-mangling-version={version}", "-o", program, source);
        return program;
    }

    /// <summary>Compiles Go.</summary>
    public static string BuildGo(Programs programs)
    {
        string source = Path.Combine(programs.Folder, "shop.go"), program = Path.Combine(programs.Folder, "shop-go");
        File.WriteAllText(source, Go);
        Programs.Run("env", $"GOCACHE={programs.Folder}/cache", "GO111MODULE=off", "go", "build", "-o", program, source);
        return program;
    }
}
