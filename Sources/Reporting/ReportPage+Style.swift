// The looks of the page. Colours have a contrast of at least 4.5 to 1 on what they stand on
// (WCAG 2.2, 1.4.3), and nothing is told by colour alone.

extension ReportPage {
  static let sheet: StaticString = """
    :root {
      color-scheme: light dark;
      --paper: #ffffff; --panel: #f6f7f9; --ink: #16181d; --soft: #575e6b; --line: #dfe2e8;
      --link: #1a56c4; --red: #b3231a; --red-paper: #fdf0ee; --amber: #8a5200; --amber-paper: #fdf5e6;
      --violet: #6d3fb0; --violet-paper: #f5f0fc; --green: #13693f; --green-paper: #edf7f1;
      --bar-cause: #c2362b; --bar-symptom: #d99a2b; --bar-located: #8b93a3;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #121317; --panel: #1a1c22; --ink: #e9ebf0; --soft: #a6adba; --line: #2d3039;
        --link: #8fb6ff; --red: #ff9b90; --red-paper: #2c1816; --amber: #f0bd63; --amber-paper: #2a2113;
        --violet: #cdb0ff; --violet-paper: #221b30; --green: #86d9aa; --green-paper: #14261c;
        --bar-cause: #e8695d; --bar-symptom: #d8a544; --bar-located: #7b8496;
      }
    }
    * { box-sizing: border-box; }
    html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
    body {
      margin: 0 auto; max-width: 72rem; padding: 0 1.25rem 3rem; background: var(--paper);
      color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
      "Liberation Sans", sans-serif; overflow-wrap: anywhere;
    }
    code, pre, .no, .sign {
      font-family: ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", Menlo, Consolas, monospace;
      font-size: .875em; unicode-bidi: isolate;
    }
    a { color: var(--link); text-underline-offset: .15em; }
    :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
    main:focus { outline: none; }
    .skip { position: absolute; left: -100rem; }
    .skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--paper); z-index: 1; }
    h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
    h2 { margin: 3.5rem 0 1rem; font-size: 1.5rem; letter-spacing: -.01em; }
    h3 { margin: 0; font-size: 1.125rem; }
    h3.apart { margin-top: 2rem; }
    h4 { margin: 1.75rem 0 .5rem; font-size: .9375rem; }
    p { margin: .5rem 0; }
    .soft, caption, .legend { color: var(--soft); }
    .soft, .legend { font-size: .875rem; }

    .banner { padding: 2.5rem 0 1.75rem; border-bottom: 1px solid var(--line); }
    .brand { margin: 0 0 2rem; color: var(--soft); font-size: .875rem; }
    .brand b { color: var(--ink); margin-right: .5rem; letter-spacing: .02em; }
    h1 {
      margin: 0; display: flex; align-items: center; gap: .875rem; font-size: clamp(1.75rem, 5vw, 2.5rem);
      letter-spacing: -.02em;
    }
    .mark {
      flex: none; display: inline-grid; place-items: center; width: 1.35em; height: 1.35em;
      border-radius: .35em; font-weight: 700; line-height: 1;
    }
    .mark.red { background: var(--red-paper); color: var(--red); }
    .mark.amber { background: var(--amber-paper); color: var(--amber); }
    .lead { margin: .75rem 0 0; font-size: 1.1875rem; color: var(--soft); }
    .answer { margin: 1.25rem 0 0; font-size: 1.1875rem; max-width: 60rem; }
    .varied { margin: 1.5rem 0 .5rem; color: var(--soft); font-size: .875rem; }
    .chips { display: flex; flex-wrap: wrap; gap: .375rem; margin: 0; padding: 0; list-style: none; }
    .chips li {
      padding: .0625rem .625rem; border: 1px solid var(--line); border-radius: 1rem; background: var(--panel);
      font-size: .8125rem;
    }
    nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: 1.75rem 0 0; padding: 0; list-style: none; }

    .unit { margin: 1rem 0; padding: 1.5rem; border: 1px solid var(--line); border-radius: .75rem; min-width: 0; }
    .unit h3 { display: flex; align-items: baseline; gap: .625rem; }
    .unit h3 .glyph { flex: none; position: relative; top: .125rem; }
    .fact { margin: .25rem 0 0; color: var(--soft); }
    summary { cursor: pointer; }
    summary h3 { display: inline-flex !important; }
    summary .fact { margin-left: 1.125rem; }
    .facts { display: grid; gap: .375rem; margin: 1.25rem 0 0; }
    .facts > div { display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 1rem; }
    dt { color: var(--soft); font-size: .875rem; line-height: 1.7; }
    dd { margin: 0; }
    .badge { padding: .0625rem .5rem; border-radius: 1rem; font-size: .8125rem; font-weight: 600; }
    .badge.certain { background: var(--green-paper); color: var(--green); }
    .badge.likely { background: var(--amber-paper); color: var(--amber); }
    .badge.uncontrolled, .badge.unknown { background: var(--panel); color: var(--soft); }
    .advice { margin: 0; padding: 0; list-style: none; display: grid; gap: .625rem; }
    .advice li { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: .75rem; align-items: baseline; }
    .advice p { margin: 0; }
    .where {
      justify-self: start; padding: .0625rem .5rem; border-radius: .375rem; background: var(--green-paper);
      color: var(--green); font-size: .8125rem; font-weight: 600;
    }
    pre {
      margin: .375rem 0 0; padding: .5rem .75rem; border-radius: .5rem; background: var(--panel); overflow-x: auto;
    }

    .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
    table { width: 100%; border-collapse: collapse; font-size: .875rem; line-height: 1.45; }
    caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    th, td { padding: .4375rem .75rem; text-align: left; vertical-align: top; font-weight: 400; min-width: 4rem; }
    tr + tr > *, tbody tr:first-child > * { border-top: 1px solid var(--line); }
    thead th { color: var(--soft); font-size: .8125rem; white-space: nowrap; border: 0; }
    thead + tbody tr:first-child > * { border-top: 1px solid var(--line); }
    tr.group th { padding-top: .75rem; color: var(--soft); font-size: .8125rem; background: var(--panel); }
    tr.other th[scope=row] { font-weight: 600; }
    tbody th[scope=row] { min-width: 9rem; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .same { color: var(--soft); white-space: nowrap; }
    .differs { color: var(--red); font-weight: 600; white-space: nowrap; }
    .varies { color: var(--amber); font-weight: 600; white-space: nowrap; }
    .state { white-space: nowrap; }
    .state .glyph { vertical-align: -.15em; }

    .diff { background: var(--panel); max-height: 32rem; overflow-y: auto; }
    .diff caption {
      position: static; width: auto; height: auto; clip-path: none; padding: .4375rem .75rem; text-align: left;
      font-size: .8125rem; white-space: normal;
    }
    .diff td {
      padding: .0625rem .5rem; border: 0 !important; white-space: pre; min-width: 0; overflow-wrap: normal;
      font-size: .8125rem; line-height: 1.5; vertical-align: baseline;
    }
    .diff code, .diff .no, .diff .sign { font-size: inherit; }
    .diff td:last-child { width: 100%; padding-right: 1.5rem; }
    .no { color: var(--soft); text-align: right; user-select: none; }
    .sign { font-weight: 700; user-select: none; }
    .gone td { background: var(--red-paper); }
    .gone .sign { color: var(--red); }
    .new td { background: var(--green-paper); }
    .new .sign { color: var(--green); }
    .gap td { color: var(--soft); text-align: center; }
    .remark td { color: var(--soft); white-space: normal; }

    .legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: .75rem 0; padding: 0; list-style: none; align-items: center; }
    .legend li { display: flex; align-items: center; gap: .5rem; }
    .key { display: inline-block; width: .75rem; height: .75rem; border-radius: .1875rem; margin-right: .5rem; }
    .key.causes { background: var(--bar-cause); } .key.symptoms { background: var(--bar-symptom); }
    .key.located { background: var(--bar-located); }
    .bars { min-width: 10rem; width: 34%; vertical-align: middle; }
    .bar { display: block; width: 100%; height: .625rem; border-radius: .1875rem; }
    .bar .causes { fill: var(--bar-cause); } .bar .symptoms { fill: var(--bar-symptom); }
    .bar .located { fill: var(--bar-located); }
    .places { margin-top: .25rem; color: var(--soft); }
    .places ul { margin: .25rem 0 0; padding-left: 1.125rem; }
    .value { color: var(--ink); }

    .glyph { fill: var(--soft); } .glyph.root { fill: var(--red); } .glyph.propagated { fill: var(--amber); }
    .glyph.only { fill: var(--violet); }
    .graph { padding: 1rem; margin-bottom: .75rem; }
    .graph svg { display: block; margin: 0 auto; }
    .edge { fill: none; stroke: var(--bar-located); stroke-width: 1.5; }
    .node rect { fill: var(--panel); stroke: var(--line); stroke-width: 1.5; }
    .node path { fill: var(--soft); }
    .node text { fill: var(--ink); font-size: 13px; unicode-bidi: isolate; }
    .node .name { font-weight: 600; } .node .kind { fill: var(--soft); font-size: 12px; }
    .node.root rect { fill: var(--red-paper); stroke: var(--red); stroke-width: 2; } .node.root path { fill: var(--red); }
    .node.propagated rect { fill: var(--amber-paper); stroke: var(--amber); } .node.propagated path { fill: var(--amber); }
    .node.only rect { fill: var(--violet-paper); stroke: var(--violet); stroke-dasharray: 5 3; }
    .node.only path { fill: var(--violet); }
    .node a:focus-visible { outline: none; } .node a:focus-visible rect { stroke: var(--link); stroke-width: 3.5; }
    footer { margin-top: 4rem; padding-top: 1.25rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .875rem; }

    @media (max-width: 40rem) {
      .unit { padding: 1rem; }
      .facts > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
      .advice li { grid-template-columns: minmax(0, 1fr); gap: .25rem; }
      .scroll:not(.diff) table { min-width: 38rem; }
    }
    @media print {
      :root {
        --paper: #fff; --panel: #fff; --ink: #000; --soft: #444; --line: #bbb; --link: #000; --red: #900;
        --red-paper: #fff; --amber: #640; --amber-paper: #fff; --violet: #427; --violet-paper: #fff;
        --green: #053; --green-paper: #fff;
      }
      body { max-width: none; padding: 0; font-size: 10pt; }
      nav, .skip { display: none; }
      .scroll, pre { overflow: visible; } .diff { max-height: none; } pre, .diff td { white-space: pre-wrap; }
      .graph svg { max-width: 100%; height: auto; }
      details::details-content { content-visibility: visible; block-size: auto; }
      .bar rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      tr, .node { break-inside: avoid; } h2, h3, h4 { break-after: avoid; }
    }
    """
}
