// SPDX-License-Identifier: Apache-2.0
package dev.quench.report;

import dev.quench.Printable;

/// The frame of a self-contained page: a policy that lets it load nothing, and styles for light and
/// dark screens from the width of a phone upwards.
public final class PageStyle {
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1f2429; --paper: #fff; --line: #d6dbe0; --faint: #5b656f; --s0: #2f5d8a; --s1: #b3541e; --bar: #c3d5e8; --good: #1e7a44; --bad: #b3261e; --heat: 47, 93, 138; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6eaee; --paper: #15191d; --line: #363d44; --faint: #a3adb7; --s0: #82b4e6; --s1: #f0a060; --bar: #2d4763; --good: #6fcf97; --bad: #ff8a80; --heat: 130, 180, 230; } table.heat td[style] { filter: brightness(.82); } }
      * { box-sizing: border-box; }
      body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1160px; padding: 1.5rem; color: var(--ink); background: var(--paper); }
      h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin: 2.25rem 0 .5rem; } h3 { font-size: 1rem; margin: 1.25rem 0 .35rem; overflow-wrap: anywhere; }
      p.lead { color: var(--faint); margin-top: 0; overflow-wrap: anywhere; } small { color: var(--faint); }
      div.wide { overflow-x: auto; background: linear-gradient(to right, var(--paper) 30%, transparent) left / 2rem 100% no-repeat local, linear-gradient(to left, var(--paper) 30%, transparent) right / 2rem 100% no-repeat local, linear-gradient(to right, var(--line), transparent) left / .6rem 100% no-repeat, linear-gradient(to left, var(--line), transparent) right / .6rem 100% no-repeat; }
      table { border-collapse: collapse; width: 100%; }
      th, td { padding: .4rem .55rem; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; vertical-align: top; }
      th { color: var(--faint); font-weight: 500; } th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; } td small { display: block; } td.wrap { white-space: normal; overflow-wrap: anywhere; }
      table.facts td { white-space: normal; overflow-wrap: anywhere; } span.word { display: inline-block; max-width: 100%; } table.facts td:first-child { color: var(--faint); width: 9rem; overflow-wrap: normal; }
      ul.gate { list-style: none; padding: .75rem 1rem; margin: 1rem 0; border: 1px solid var(--line); border-left: .35rem solid var(--good); border-radius: 6px; } ul.gate.bad { border-left-color: var(--bad); }
      .holds { color: var(--good); font-weight: 600; } .fails { color: var(--bad); font-weight: 600; }
      div.charts { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.75rem 2.5rem; align-items: start; margin: 1.25rem 0; }
      figure { margin: 0; } figcaption { overflow-wrap: anywhere; }
      svg { display: block; width: 100%; } svg[viewBox] { max-width: 560px; height: auto; } svg text { font: 13px system-ui, sans-serif; fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; } svg text.faint { fill: var(--faint); font-size: 12px; } svg[viewBox] text { font-size: 11px; } svg[viewBox] text.faint { font-size: 10px; }
      .grid { stroke: var(--line); } .bar { fill: var(--bar); } .mark { fill: var(--s0); } .whisker { stroke: var(--s0); stroke-width: 2; } .limit { stroke: var(--s1); stroke-width: 2; } .g0 { fill: var(--s0); } .g1 { fill: var(--faint); } .g2 { fill: var(--s1); } .g3 { fill: var(--good); }
      div.small { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); gap: 1rem; }
      div.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: .75rem; } div.samples img { width: 84px; height: 84px; object-fit: contain; image-rendering: pixelated; background: #000; border-radius: 4px; } div.samples figcaption { font-size: .8rem; line-height: 1.3; }
      table.heat { width: auto; } table.heat td[style] { color: #1a1a1a; min-width: 7rem; } table.confusion { width: auto; } table.confusion th, table.confusion td { padding: .25rem .4rem; font-size: .85rem; } table.confusion td.n { min-width: 2.4rem; }
      table.classes th { white-space: normal; } table.classes td small { display: inline; }
      details { margin: .5rem 0; } summary { cursor: pointer; }
      li { margin: .25rem 0; overflow-wrap: anywhere; }
      @media (min-width: 761px) { div.charts { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
      @media (max-width: 760px) {
        body { padding: 1rem; } th { white-space: normal; } div.wide th, div.wide td { padding: .35rem .25rem; font-size: .9rem; } svg[viewBox] text { font-size: 12px; } svg[viewBox] text.faint { font-size: 11px; }
        div.wide th:first-child, div.wide td:first-child { position: sticky; left: 0; background: var(--paper); } table.classes td small { display: block; } td.wrap { white-space: normal; overflow-wrap: anywhere; }
        table.confusion th { white-space: nowrap; } table.confusion thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; vertical-align: bottom; } table.confusion thead th:first-child { transform: none; }
        table.cards thead { display: none; } table.cards, table.cards tbody, table.cards tr, table.cards td { display: block; width: 100%; }
        table.cards tr { border: 1px solid var(--line); border-radius: 8px; padding: .5rem .75rem; margin: 0 0 .75rem; }
        table.cards td { border: 0; padding: .15rem 0; display: flex; justify-content: space-between; gap: 1rem; text-align: right; white-space: normal; overflow-wrap: anywhere; } table.cards td::before { content: attr(data-label); color: var(--faint); text-align: left; white-space: nowrap; }
        table.cards td:first-child { display: block; text-align: left; font-weight: 600; } table.cards td:first-child::before { content: none; } table.cards td:first-child small { font-weight: 400; }
        table.facts td { display: block; width: 100% !important; border: 0; padding: .1rem 0; } table.facts tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; }
      }
      """;

  private PageStyle() {}

  /// A page around a body.
  ///
  /// @param title plain text; escaped
  public static String page(String title, CharSequence body) {
    String text = Printable.escapeHtml(title);
    return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        + "<meta http-equiv=\"Content-Security-Policy\" content=\""
        + POLICY
        + "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>"
        + text
        + "</title>\n<style>\n"
        + STYLE
        + "</style>\n</head>\n<body>\n<h1>"
        + text
        + "</h1>\n"
        + body
        + "</body>\n</html>\n";
  }
}
