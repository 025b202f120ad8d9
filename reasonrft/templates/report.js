"use strict";
// Draws the report in #data: tables, plots, answers. Texts of others only ever become text nodes.
(() => {
  const byId = (id) => document.getElementById(id);
  const { report, facts, settings, answers } = JSON.parse(byId("data").textContent);
  const number = new Intl.NumberFormat("en");
  const SVG = "http://www.w3.org/2000/svg";

  /** An element with properties and children; strings become text. */
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  function draw(tag, attributes = {}, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  // ---- Numbers in words ----------------------------------------------------------------------

  const percent = (share, digits = 1) => (share === null ? "–" : `${(100 * share).toFixed(digits)} %`);
  const range = ({ low, high }) => `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`;
  const told = (interval) => (interval?.n ? `${percent(interval.estimate)} (${range(interval)})` : "–");
  const signed = (share) => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)}`;
  const pValue = (p) => (p === null ? "–" : p < 0.001 ? "< 0.001" : p.toFixed(3));

  function retention({ estimate, low, high }) {
    if (estimate === null) return "–";
    return `${estimate.toFixed(2)} (${low.toFixed(2)}–${high === null ? "∞" : high.toFixed(2)})`;
  }

  function table(heads, rows, className = "") {
    const head = make("tr", {}, ...heads.map(([name, kind]) => make("th", { className: kind ?? "" }, name)));
    return make("div", { className: "scroll" }, make("table", { className },
      make("thead", {}, head), make("tbody", {}, ...rows)));
  }

  const cell = (content, className = "") => make("td", { className }, content);

  // ---- A family: its two numbers, its splits ---------------------------------------------------

  function headsOf(family) {
    const heads = [
      ["in domain", family.in_domain, "test"],
      ["out of domain", family.out_of_domain, "plain mean of the shifts"],
    ];
    return make("div", { className: "heads" }, ...heads.filter(([, value]) => value?.n).map(
      ([name, value, what]) => make("div", { className: "head" },
        make("span", {}, name),
        make("b", {}, percent(value.estimate)),
        make("span", {}, `95 %: ${range(value)} · n = ${number.format(value.n)} · ${what}`))));
  }

  function splitsTable(family) {
    const heads = [
      ["Split"], ["n"], ["Accuracy (95 %)"], ["Blind"], ["Lenient"], ["Partial"], ["Paper's"], ["Format"],
      ["Unread"], ["Cut off"], ["Failed"], ["Tokens"], ["Differs from training", "text"],
    ];
    const rows = Object.entries(family.splits).map(([split, { figures, shift }]) => make("tr", { className: split === "test" ? "base" : "" },
      cell(split),
      cell(number.format(figures.n)),
      cell(accuracyOf(figures)),
      cell(percent(figures.blind)),
      ...["lenient", "partial", "paper", "well_formed", "unread", "truncated"].map((name) =>
        cell(percent(figures[name].n ? figures[name].estimate : null))),
      cell(number.format(figures.failed)),
      cell(figures.tokens === null ? "–" : figures.tokens.toFixed(0)),
      cell(shift || "in domain", "wide")));
    return table(heads, rows);
  }

  function accuracyOf({ accuracy }) {
    if (!accuracy.n) return "–";
    const shown = document.createDocumentFragment();
    shown.append(make("b", {}, percent(accuracy.estimate)), " ", make("small", {}, range(accuracy)));
    return shown;
  }

  /** pass@k and the majority's vote, where several answers were drawn. */
  function drawsTable(family) {
    const splits = Object.entries(family.splits).filter(([, { figures }]) => figures.majority);
    if (!splits.length) return [];
    const ks = Object.keys(splits[0][1].figures.pass_at);
    const rows = splits.map(([split, { figures }]) => make("tr", {}, cell(split),
      ...ks.map((k) => cell(told(figures.pass_at[k]))), cell(told(figures.majority))));
    const heads = [["Split"], ...ks.map((k) => [`pass@${k}`]), [`maj@${report.draws}`]];
    return [make("h3", {}, "Several answers to each question"), table(heads, rows)];
  }

  function detailTable(family) {
    const splits = Object.entries(family.splits);
    const names = [...new Set(splits.flatMap(([, { figures }]) => Object.keys(figures.detail)))];
    if (!names.length) return [];
    const rows = splits.map(([split, { figures }]) => make("tr", {}, cell(split),
      ...names.map((name) => cell(figures.detail[name]?.n ? figures.detail[name].estimate.toFixed(3) : "–"))));
    return [make("h3", {}, "Distances and credits of programs, means"), table([["Split"], ...names.map((name) => [name])], rows)];
  }

  // ---- Dots with whiskers ----------------------------------------------------------------------

  const ROW = 24;
  const WIDTH = { label: 150, plot: 480, value: 70 };
  const NARROW = { label: 148, plot: 170, value: 56 };

  /** Rows of {label, interval, blind, isBase, value}; a line through `base` where there is one. */
  function dots(rows, size, base = null) {
    const total = size.label + size.plot + size.value;
    const height = ROW * rows.length + 22;
    const x = (share) => size.label + size.plot * share;
    const svg = draw("svg", { viewBox: `0 0 ${total} ${height}`, role: "img", "aria-label": rows.map(wordsOf).join("; ") });
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      svg.append(draw("line", { class: "grid-line", x1: x(share), x2: x(share), y1: 0, y2: height - 18 }),
        draw("text", { class: "soft-text", x: x(share), y: height - 4, "text-anchor": "middle" }, percent(share, 0)));
    }
    if (base) {
      svg.append(draw("rect", { class: "base-band", x: x(base.low), y: 0, width: x(base.high) - x(base.low), height: height - 18 }),
        draw("line", { class: "base-line", x1: x(base.estimate), x2: x(base.estimate), y1: 0, y2: height - 18 }));
    }
    rows.forEach((row, place) => svg.append(dotRow(row, ROW * place + ROW / 2, x, size)));
    return svg;
  }

  const wordsOf = ({ label, interval, blind }) => `${label}: ${told(interval)}, blind ${percent(blind)}`;

  function dotRow({ label, interval, blind, isBase, value }, y, x, size) {
    const group = draw("g", { class: isBase ? "is-base" : "" });
    const long = Math.floor(size.label / 6.6);
    const short = label.length > long ? `${label.slice(0, long - 1)}…` : label;
    group.append(draw("title", {}, `${wordsOf({ label, interval, blind })} (n = ${number.format(interval.n)})`));
    group.append(draw("text", { x: 0, y: y + 4 }, short));
    group.append(draw("line", { class: "blind-tick", x1: x(blind), x2: x(blind), y1: y - 6, y2: y + 6 }));
    group.append(draw("line", { class: "whisker", x1: x(interval.low), x2: x(interval.high), y1: y, y2: y }));
    group.append(draw("circle", { class: "dot", cx: x(interval.estimate), cy: y, r: 4.5 }));
    group.append(draw("text", { class: "soft-text", x: size.label + size.plot + 12, y: y + 4 }, value));
    return group;
  }

  function legend() {
    const items = [["in", "in domain"], ["", "shift"], ["blind", "best constant answers, without looking"]];
    return make("div", { className: "legend" }, ...items.map(([className, text]) =>
      make("span", {}, make("i", { className }), text)));
  }

  const figure = (caption, ...content) => make("figure", { className: "plot" }, make("figcaption", {}, caption), ...content);

  // ---- Gaps ------------------------------------------------------------------------------------

  function gapsOf(family) {
    const parts = Object.entries(family.splits).filter(([, { figures }]) => figures.n);
    const plot = dots(parts.map(([split, { figures }]) => ({
      label: split, interval: figures.accuracy, blind: figures.blind, isBase: split === "test",
      value: `${percent(figures.accuracy.estimate)}`,
    })), innerWidth < 640 ? NARROW : WIDTH, family.in_domain?.n ? family.in_domain : null);
    const shown = [make("h3", {}, "Accuracy in domain and on each shift"),
      figure("Dots with 95 % intervals; the band is in domain, all tasks.", plot, legend())];
    const gaps = Object.values(family.gaps);
    if (gaps.length) shown.push(make("h3", {}, "What each shift costs, on the same tasks"), gapsTable(gaps));
    return shown;
  }

  function gapsTable(gaps) {
    const heads = [["Shift"], ["Compared", "text"], ["n"], ["In domain"], ["Shifted"], ["Gap, points (95 %)"], ["Retention (95 %)"], ["p"]];
    return table(heads, gaps.map((gap) => make("tr", {},
      cell(gap.shift),
      cell(`${gap.paired ? "item by item" : "fresh problems"} · ${gap.tasks.join(", ")}`, "text"),
      cell(gap.paired ? number.format(gap.paired.n) : `${number.format(gap.in_domain.n)} / ${number.format(gap.shifted.n)}`),
      cell(percent(gap.in_domain.estimate)),
      cell(percent(gap.shifted.estimate)),
      cell(`${signed(gap.gap.estimate)} (${signed(gap.gap.low)} to ${signed(gap.gap.high)})`),
      cell(retention(gap.retention)),
      cell(gap.paired ? pValue(gap.paired.p_value) : "–"))));
  }

  // ---- Breakdowns ------------------------------------------------------------------------------

  const BREAKDOWNS = { kinds: "kind of question", depths: "depth: steps of reasoning", tasks: "task" };

  function breakdownsOf(family) {
    const panels = make("div", { className: "panels" });
    const select = make("select", { ariaLabel: "Broken down by" }, ...Object.entries(BREAKDOWNS).map(
      ([value, text]) => make("option", { value }, text)));
    const show = () => panels.replaceChildren(...Object.entries(family.splits)
      .filter(([, { figures }]) => figures.n)
      .map(([split, part]) => panel(split, part[select.value])));
    select.addEventListener("change", show);
    show();
    return [make("h3", {}, "Broken down"), make("div", { className: "chooser" }, make("span", {}, "by"), select), panels];
  }

  function panel(split, parts) {
    const rows = Object.entries(parts).filter(([, figures]) => figures.n).map(([label, figures]) => ({
      label, interval: figures.accuracy, blind: figures.blind, isBase: split === "test",
      value: `n = ${number.format(figures.n)}`,
    }));
    return figure(split, dots(rows, NARROW));
  }

  // ---- Confusion -------------------------------------------------------------------------------

  function confusionsOf(family) {
    const splits = Object.entries(family.splits).filter(([, { confusion }]) => Object.keys(confusion).length);
    if (!splits.length) return [];
    const place = make("div");
    const select = make("select", { ariaLabel: "Split" }, ...splits.map(([split]) => make("option", { value: split }, split)));
    const show = () => place.replaceChildren(confusion(family.splits[select.value].confusion));
    select.addEventListener("change", show);
    show();
    return [make("h3", {}, "Counts: the right one down, the answered one across"),
      make("div", { className: "chooser" }, select, make("span", { className: "soft" }, "share of each row")), place];
  }

  function confusion(rows) {
    const answered = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row)))];
    const counts = answered.filter((name) => /^\d+$/.test(name)).map(Number).sort((a, b) => a - b).map(String);
    const columns = [...counts, ...answered.filter((name) => !/^\d+$/.test(name)).sort()];
    const lines = Object.entries(rows).sort(([a], [b]) => a - b).map(([gold, row]) => {
      const total = Object.values(row).reduce((sum, n) => sum + n, 0);
      return make("tr", {}, make("th", {}, gold), ...columns.map((name) => heat(row[name] ?? 0, total, name === gold)));
    });
    return table([[""], ...columns.map((name) => [name])], lines, "confusion");
  }

  function heat(n, total, isRight) {
    const shown = make("td", { className: isRight ? "right" : "", title: `${n} of ${total}` }, n ? (100 * n / total).toFixed(0) : "");
    shown.style.backgroundColor = `rgb(var(--heat) / ${(0.75 * n / total).toFixed(3)})`;
    return shown;
  }

  // ---- Answers ---------------------------------------------------------------------------------

  const FACETS = ["family", "split", "outcome", "kind"];
  const CHUNK = 24; // cards at a time

  function startAnswers() {
    const selects = FACETS.map((facet) => [facet, facetSelect(facet)]).filter(([, select]) => select.options.length > 2);
    const words = make("input", { type: "search", placeholder: "words in any text", autocomplete: "off", spellcheck: false });
    for (const [facet, select] of [...selects, ["text", words]]) {
      byId("filters").append(make("label", { className: "facet" }, make("span", {}, facet[0].toUpperCase() + facet.slice(1)), select));
    }
    const show = () => showAnswers(selects, words.value.toLowerCase().split(/\s+/).filter(Boolean));
    byId("filters").addEventListener("input", show);
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    show();
  }

  function facetSelect(facet) {
    const values = [...new Set(answers.map((answer) => answer[facet]))];
    return make("select", {}, make("option", { value: "" }, "all"), ...values.map((value) => make("option", { value }, value)));
  }

  function showAnswers(selects, words) {
    for (const [, select] of selects) select.classList.toggle("chosen", select.value !== "");
    const fitting = answers.filter((answer) => selects.every(([facet, select]) => !select.value || answer[facet] === select.value)
      && words.every((word) => `${answer.id}\n${answer.question}\n${answer.written}\n${answer.gold}`.toLowerCase().includes(word)));
    byId("count").textContent = `${number.format(fitting.length)} of ${number.format(answers.length)} shown answers`;
    byId("answers").replaceChildren();
    addCards(fitting, 0);
  }

  function addCards(fitting, from) {
    byId("answers").append(...fitting.slice(from, from + CHUNK).map(card));
    if (from + CHUNK >= fitting.length) return;
    const more = make("button", { type: "button" }, `Show more (${number.format(fitting.length - from - CHUNK)})`);
    more.addEventListener("click", () => { more.remove(); addCards(fitting, from + CHUNK); });
    byId("answers").append(more);
  }

  function card(answer) {
    const notes = [
      answer.well_formed || answer.outcome === "failed" ? null : "not in the layout",
      answer.finish === "length" ? "cut off" : null,
      answer.lenient && answer.outcome !== "correct" ? "right if read leniently" : null,
      answer.tokens === null ? null : `${number.format(answer.tokens)} tokens`,
    ].filter(Boolean);
    const meta = make("div", { className: "meta" }, make("span", { className: `tag ${answer.outcome}` }, answer.outcome),
      make("code", {}, answer.id), ...[answer.kind, `depth ${answer.depth}`, ...notes].map((text) => make("span", { className: "tag" }, text)));
    const pair = make("dl", { className: "pair" }, make("dt", {}, "Gold"), make("dd", { className: "gold" }, answer.gold),
      make("dt", {}, "Read"), make("dd", {}, answer.read || "nothing"));
    const written = make("pre", { className: "written", tabIndex: 0 },
      answer.outcome === "failed" ? answer.failure : answer.written || "(nothing)",
      answer.more ? `\n… ${number.format(answer.more)} characters more in records.jsonl` : "");
    const pictures = make("div", { className: "pictures" }, ...answer.pictures.map((src, place) =>
      make("img", { src, loading: "lazy", alt: `Picture ${place + 1} of ${answer.id}` })));
    return make("article", { className: "card" }, pictures, make("div", { className: "body" },
      meta, make("p", { className: "question" }, answer.question), pair, written));
  }

  // ---- Light or dark ---------------------------------------------------------------------------

  const THEMES = ["light", "dark"];
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

  function otherTheme() {
    const shown = document.documentElement.dataset.theme ?? THEMES[Number(systemIsDark.matches)];
    return THEMES.find((theme) => theme !== shown);
  }

  function nameTheme() {
    const other = otherTheme();
    byId("theme").textContent = other[0].toUpperCase() + other.slice(1);
    byId("theme").title = `Show the page in ${other} colours`;
  }

  // ---- Start -----------------------------------------------------------------------------------

  function showFamily([name, family]) {
    return make("section", {}, make("h2", {}, name[0].toUpperCase() + name.slice(1)),
      headsOf(family), splitsTable(family), ...drawsTable(family), ...detailTable(family),
      ...gapsOf(family), ...breakdownsOf(family), ...confusionsOf(family));
  }

  function start() {
    byId("facts").textContent = facts;
    byId("remarks").hidden = !report.remarks.length;
    byId("remarks").querySelector("ul").append(...report.remarks.map((text) => make("li", {}, text)));
    byId("families").append(...Object.entries(report.families).map(showFamily));
    byId("averaging").textContent = report.averaging;
    byId("settings").tBodies[0].append(...settings.map(([name, value]) => make("tr", {}, cell(name), cell(value))));
    nameTheme();
    systemIsDark.addEventListener("change", nameTheme);
    byId("theme").addEventListener("click", () => {
      document.documentElement.dataset.theme = otherTheme();
      nameTheme();
    });
    startAnswers();
  }

  start();
})();
