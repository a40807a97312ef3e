using Ctrace.Runtime.Dotnet;

namespace Ctrace.Kernel.Tests.Live;

/// <summary>Streams of .NET runtimes: what they say, in which order, and what becomes of those that are cut or wrong.</summary>
public class NettraceTests
{
    private static readonly byte[] None = [];

    private static NettraceStream Some() => new NettraceStream().Kind(1, "Mine", 7).Kind(2, "Yours", 9);

    [Fact]
    public void Events_have_their_provider_thread_time_stack_and_fields()
    {
        var read = Read(Some().Stacks(1, [10, 20], [30]).Events((1, 1, 100, 5, 2, [1, 2, 3], false), (2, 2, 100, 8, 1, None, false), (3, 3, 100, 9, 0, None, false)).ToArray());
        Assert.Equal(["Mine 7 100 5 [30] 1,2,3", "Yours 9 100 8 [10,20] "], read.Events);
        Assert.Equal((0, true), (read.Lost, read.Complete));
    }

    [Fact]
    public void They_come_in_the_order_of_time()
    {
        // Threads write each for itself; where a batch is marked, all that was before has come.
        var read = Read(Some().Events((1, 1, 100, 10, 0, None, true), (1, 2, 100, 30, 0, None, false)).Events((2, 1, 200, 20, 0, None, true), (2, 2, 200, 40, 0, None, false))
            .Events((1, 3, 100, 35, 0, None, true)).ToArray());
        Assert.Equal([10, 20, 30, 35, 40], read.Times);
    }

    [Fact]
    public void Clocks_of_another_speed_are_made_nanoseconds()
    {
        byte[] stream = new NettraceStream(frequency: 10_000_000).Kind(1, "Mine", 7).Events((1, 1, 1, 7_000_000_000_000, 0, None, false)).ToArray();
        Assert.Equal([700_000_000_000_000], Read(stream).Times);
    }

    [Fact]
    public void Numbers_that_are_left_out_are_losses()
    {
        var between = Read(Some().Events((1, 1, 100, 1, 0, None, false), (1, 5, 100, 2, 0, None, false)).ToArray());
        Assert.Equal(3, between.Lost);
        // At the end only such a point tells.
        var end = Read(Some().Events((1, 1, 100, 1, 0, None, false)).Point((100, 4), (200, 6)).ToArray());
        Assert.Equal(9, end.Lost);
        Assert.Equal(0, Read(Some().Events((1, 1, 100, 1, 0, None, false), (1, 2, 100, 2, 0, None, false)).Point((100, 2)).Events((1, 3, 100, 3, 0, None, false)).Point((100, 3)).ToArray()).Lost);
        // Another thread by the number of one that has ended begins anew.
        Assert.Equal(0, Read(Some().Events((1, 1, 100, 1, 0, None, false), (1, 2, 100, 2, 0, None, false)).Events((1, 1, 100, 3, 0, None, false)).Point((100, 1)).ToArray()).Lost);
    }

    [Fact]
    public void While_nothing_comes_what_is_settled_is_handed_on()
    {
        var seen = new List<long>();
        byte[] stream = Some().Events((1, 1, 100, 10, 0, None, true), (1, 2, 100, 50, 0, None, false)).ToArray();
        int asked = 0, before = -1;
        new NettraceReader(new MemoryStream(stream, 0, stream.Length - 1), (in NettraceEvent e) => seen.Add(e.Time), () =>
        {
            if (asked++ == 0)
                return 20;
            before = seen.Count;
            return null;
        }).ReadQuietly();
        Assert.Equal((2, 1), (asked, before));
        Assert.Equal([10, 50], seen);
    }

    [Theory]
    [InlineData(3, 8)]
    [InlineData(6, 8)]
    [InlineData(4, 4)]
    public void Other_versions_and_32_bits_are_refused(int version, int wordSize) =>
        Assert.Throws<InvalidDataException>(() => Read(new NettraceStream(version, wordSize).ToArray()));

    [Fact]
    public void A_stream_that_is_cut_anywhere_gives_what_came_before()
    {
        byte[] whole = Long();
        var all = Read(whole).Events;
        for (int length = 0; length < whole.Length; length++)
        {
            var cut = ReadQuietly(whole[..length]);
            Assert.False(cut.Complete);
            Assert.Equal(all.Take(cut.Events.Count), cut.Events);
        }
    }

    [Fact]
    public void A_stream_with_mistakes_is_refused_or_read_and_nothing_else()
    {
        byte[] whole = Long();
        var random = new Random(4);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] wrong = [.. whole];
            for (int n = random.Next(1, 5); n > 0; n--)
                wrong[random.Next(wrong.Length)] = (byte)(random.Next(3) == 0 ? random.Next(256) : (byte)0xff << random.Next(8));
            ReadQuietly(wrong);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void Lengths_that_can_t_be_are_refused(int length) => Assert.Throws<InvalidDataException>(() => Read(Some().Block("EventBlock", new byte[8], length).ToArray()));

    [Fact]
    public void Fields_that_an_event_has_not_got_are_zero_and_texts_end_somewhere()
    {
        var reader = new PayloadReader([1, 0, (byte)'a', 0, (byte)'b', 0, 9]);
        Assert.Equal(1UL, reader.Fixed(2));
        Assert.Equal("ab", reader.Text());
        Assert.Equal((0UL, ""), (reader.Fixed(8), reader.Text()));
        Assert.Equal(default, new PayloadReader([1, 2]).Guid());
        Assert.Equal(ulong.MaxValue, new PayloadReader([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).Variable());
    }

    private static byte[] Long() => Some().Stacks(1, [10, 20, 30], [40])
        .Events([.. Enumerable.Range(1, 8).Select(i => (1 + (i % 2), (uint)i, 100L, i * 1000L, i % 3, NettraceStream.Text($"event {i}"), i % 4 == 1))])
        .Point((100, 8)).Stacks(1, [50]).Events((2, 9, 100, 9000, 1, [1, 2, 3, 4], true)).ToArray();

    private static (List<string> Events, List<long> Times, long Lost, bool Complete) Read(byte[] bytes) => Read(bytes, r => r.Read());

    private static (List<string> Events, List<long> Times, long Lost, bool Complete) ReadQuietly(byte[] bytes) => Read(bytes, r => r.ReadQuietly());

    private static (List<string> Events, List<long> Times, long Lost, bool Complete) Read(byte[] bytes, Action<NettraceReader> read)
    {
        var (events, times) = (new List<string>(), new List<long>());
        var reader = new NettraceReader(new MemoryStream(bytes), (in NettraceEvent e) =>
        {
            events.Add($"{e.Provider} {e.Id} {e.Thread} {e.Time} [{string.Join(',', e.Stack)}] {string.Join(',', e.Payload.ToArray())}");
            times.Add(e.Time);
        }, () => null);
        read(reader);
        return (events, times, reader.LostCount, reader.IsComplete);
    }
}

/// <summary>What a session does with a stream that breaks off, or is no such stream.</summary>
internal static class QuietReading
{
    public static void ReadQuietly(this NettraceReader reader)
    {
        try
        {
            reader.Read();
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Assert.NotEmpty(e.Message);
        }
    }
}
