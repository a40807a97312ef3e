namespace Ctrace.Repl.Rendering.Profiles;

/// <summary>What makes a flame graph answer to clicks and keys.</summary>
internal static class FlameScript
{
    /// <summary>
    /// Each frame says where it starts, how much it counts and how deep it is; zooming lays the frames out again by these. Coordinates are
    /// those of <see cref="FlameGraph"/>.
    /// </summary>
    internal const string Text = """
        "use strict";
        const margin = 10, width = 1200 - 2 * margin, character = 7.3;
        const graphs = [...document.querySelectorAll(".graph")].map(g => ({
          total: Number(g.dataset.total),
          frames: [...g.children].map(e => ({ e, rect: e.children[1], text: e.children[2], s: Number(e.dataset.s), n: Number(e.dataset.n), l: Number(e.dataset.l), name: e.dataset.t }))
        }));
        const get = id => document.getElementById(id), details = get("details");
        function show(f, x, w) {
          f.e.style.display = w < 0.1 ? "none" : "";
          f.rect.setAttribute("x", x); f.rect.setAttribute("width", w); f.text.setAttribute("x", x + 3);
          const room = Math.floor((w - 6) / character);
          f.text.textContent = f.name.length <= room ? f.name : room < 3 ? "" : f.name.slice(0, room - 2) + "..";
        }
        function zoom(graph, to) {
          const scale = width / to.n;
          for (const f of graph.frames) {
            const past = f.l < to.l && f.s <= to.s && f.s + f.n >= to.s + to.n;
            const inside = f.l >= to.l && f.s >= to.s && f.s + f.n <= to.s + to.n;
            f.e.classList.toggle("past", past);
            if (past) show(f, margin, width);
            else if (inside) show(f, margin + (f.s - to.s) * scale, f.n * scale);
            else f.e.style.display = "none";
          }
          get("reset").setAttribute("visibility", to.l > 0 ? "visible" : "hidden");
        }
        function reset() { for (const g of graphs) zoom(g, g.frames[0]); }
        function search(text) {
          let expression = null;
          try { expression = text ? new RegExp(text, "i") : null; } catch { expression = { test: name => name.includes(text) }; }
          const parts = [];
          for (const g of graphs) {
            // What is called by a match belongs to it already.
            let sum = 0, end = -1;
            for (const f of g.frames) {
              const found = expression !== null && expression.test(f.name);
              f.e.classList.toggle("found", found);
              if (found && f.s >= end) { sum += f.n; end = f.s + f.n; }
            }
            parts.push((100 * sum / g.total).toFixed(2) + "%");
          }
          get("matched").textContent = expression === null ? " " : "found: " + parts.join(", ");
        }
        function ask() { const text = prompt("functions (a regular expression; nothing ends the search)", ""); if (text !== null) search(text); }
        for (const g of graphs)
          for (const f of g.frames) {
            f.e.addEventListener("click", () => zoom(g, f));
            f.e.addEventListener("mouseover", () => { details.textContent = f.e.children[0].textContent; });
            f.e.addEventListener("mouseout", () => { details.textContent = " "; });
          }
        get("reset").addEventListener("click", reset);
        get("search").addEventListener("click", ask);
        document.addEventListener("keydown", e => { if (e.key === "/") { e.preventDefault(); ask(); } else if (e.key === "Escape") { search(""); reset(); } });
        """;
}
