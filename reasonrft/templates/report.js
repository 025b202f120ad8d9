"use strict";
// Draws the report in #data: tables, plots, answers. Texts of others only ever become text nodes.
(() => {
  const byId = (id) => document.getElementById(id);
  const { report, facts, settings, answers, pictures, training } = JSON.parse(byId("data").textContent);
  const number = new Intl.NumberFormat("en");
  /** An element with properties and children; strings become text. */
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // ---- Numbers in words ----------------------------------------------------------------------

  /** A number ≥ 0, rounded as report.md has it: an exact half goes to the even digit. */
  const fixed = (value, digits = 1) => (value - ((2 ** (digits + 1) * value) % 4 === 1 ? 1e-9 : 0)).toFixed(digits);
  const percent = (share, digits = 1) => (share === null ? "–" : `${fixed(100 * share, digits)}%`);
  const range = ({ low, high }) => `${fixed(100 * low)}–${fixed(100 * high)}`;
  const told = (interval) => (interval?.n ? `${percent(interval.estimate)} (${range(interval)})` : "–");
  const signed = (share) => `${share < 0 ? "−" : "+"}${fixed(Math.abs(100 * share))}`;
  const pValue = (p) => (p === null ? "–" : p < 0.001 ? "< 0.001" : fixed(p, 3));
  const capital = (text) => text[0].toUpperCase() + text.slice(1);

  function retention({ estimate, low, high }) {
    if (estimate === null) return "–";
    return `${fixed(estimate, 2)} (${fixed(low, 2)}–${high === null ? "∞" : fixed(high, 2)})`;
  }

  /** Columns are [head, explanation, class of its cells]; the first cell of a row is its head. */
  function table(columns, rows, className = "") {
    const head = make("tr", {}, ...columns.map(([name, title = "", kind = ""]) =>
      make("th", { className: kind, title, scope: "col" }, name)));
    const body = rows.map(({ cells: [name, ...cells], isBase }) => make("tr", { className: isBase ? "base" : "" },
      make("th", { scope: "row" }, name),
      ...cells.map((content, place) => make("td", { className: columns[place + 1][2] ?? "" }, content))));
    return make("div", { className: "scroll" }, make("table", { className },
      make("thead", {}, head), make("tbody", {}, ...body)));
  }

  const figure = (caption, ...content) => make("figure", { className: "plot" }, make("figcaption", {}, caption), ...content);

  function choice(label, values) {
    return make("select", { ariaLabel: label }, ...values.map(([value, text]) => make("option", { value }, text)));
  }

  // ---- A family: its two numbers, its splits ---------------------------------------------------

  function headsOf({ in_domain, out_of_domain }, ...meanings) {
    const heads = [["In domain", in_domain, meanings[0]], ["Out of domain", out_of_domain, meanings[1]]];
    return make("div", { className: "heads" }, ...heads.filter(([, value]) => value).map(
      ([name, value, meaning]) => make("div", { className: "head" },
        make("span", {}, name),
        make("b", {}, value.n ? percent(value.estimate) : "–"),
        make("span", {}, value.n ? `95%: ${range(value)} · n\u00a0=\u00a0${number.format(value.n)}` : "a part of it has no answers"),
        make("span", {}, meaning))));
  }

  const share = (name) => (figures) => percent(figures[name].n ? figures[name].estimate : null);
  const COLUMNS = [
    ["n", "questions that have an answer", (figures) => number.format(figures.n)],
    ["Accuracy (95%)", "right by the strict reading, with the 95% interval", accuracyOf],
    ["Blind", "what the best constant answer to each kind of question reaches, without a look at the picture", (figures) => percent(figures.blind)],
    ["Lenient", "right wherever in the text the answer stands", share("lenient")],
    ["Partial", "mean score, partial credit counted", share("partial")],
    ["Paper's", "right by the paper's own scorer", share("paper")],
    ["Format", "in the layout that was asked for", share("well_formed")],
    ["Unread", "without an answer that can be read: not right", share("unread")],
    ["Cut off", "ended by the limit of tokens", share("truncated")],
    ["Failed", "answers that could not be had: in no share", (figures) => number.format(figures.failed)],
    ["Tokens", "written, mean", (figures) => (figures.tokens === null ? "–" : fixed(figures.tokens, 0))],
  ];

  function splitsTable(family) {
    const rows = Object.entries(family.splits).map(([split, { figures, shift }]) => ({
      isBase: split === "test",
      cells: [split, ...COLUMNS.map(([, , tell]) => tell(figures)), shift || "in domain"],
    }));
    const columns = [["Split"], ...COLUMNS.map(([name, title]) => [name, title]), ["Differs from training", "", "wide"]];
    return [table(columns, rows), make("details", {}, make("summary", {}, "What the columns say"),
      make("dl", { className: "pair" }, ...COLUMNS.flatMap(([name, title]) => [make("dt", {}, name), make("dd", {}, title)])))];
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
    const ks = [...new Set(splits.flatMap(([, { figures }]) => Object.keys(figures.pass_at)))].sort((a, b) => a - b);
    const rows = splits.map(([split, { figures }]) => ({
      isBase: split === "test", cells: [split, ...ks.map((k) => told(figures.pass_at[k])), told(figures.majority)],
    }));
    const columns = [["Split"], ...ks.map((k) => [`pass@${k}`, `one of ${k} answers is right`]), [`maj@${report.draws}`, "most answers are right"]];
    return [make("h3", {}, "Several answers to each question"), table(columns, rows)];
  }

  function detailTable(family) {
    const splits = Object.entries(family.splits);
    const names = [...new Set(splits.flatMap(([, { figures }]) => Object.keys(figures.detail)))];
    if (!names.length) return [];
    const rows = splits.map(([split, { figures }]) => ({
      isBase: split === "test",
      cells: [split, ...names.map((name) => (figures.detail[name]?.n ? fixed(figures.detail[name].estimate, 3) : "–"))],
    }));
    return [make("h3", {}, "Distances and credits of programs, means"), table([["Split"], ...names.map((name) => [name])], rows)];
  }

  // ---- Dots with whiskers ----------------------------------------------------------------------

  /** Rows of {label, figures, base, isBase}; `base` is the interval in domain to compare with. */
  function dots(rows) {
    const axis = make("li", { className: "axis", ariaHidden: "true" }, make("span"),
      make("span", { className: "track" }, ...[0, 0.25, 0.5, 0.75, 1].map((at) => mark("at", at, null, percent(at, 0)))));
    return make("ul", { className: "dots" }, ...rows.map(dotRow), axis);
  }

  function dotRow({ label, figures: { accuracy, blind, n }, base, isBase }) {
    const marks = [mark("blind", blind), mark("whisker", accuracy.low, accuracy.high), mark("dot", accuracy.estimate)];
    if (base?.n) marks.unshift(mark("band", base.low, base.high), mark("line", base.estimate));
    const words = `${label}: ${told(accuracy)}, n = ${number.format(n)}, blind ${percent(blind)}${base?.n ? `; in domain ${told(base)}` : ""}`;
    return make("li", { className: isBase ? "is-base" : "", title: words },
      make("span", {}, label),
      make("span", { className: "track", ariaHidden: "true" }, ...marks),
      make("span", {}, percent(accuracy.estimate), make("small", {}, ` n\u00a0=\u00a0${number.format(n)}`)));
  }

  /** Something at a share of the track's width, or from one to another. */
  function mark(className, from, to = null, text = "") {
    const shown = make("i", { className }, text);
    shown.style.left = `${100 * from}%`;
    if (to !== null) shown.style.width = `${100 * (to - from)}%`;
    return shown;
  }

  function legend() {
    const items = [["in", "in domain"], ["band", "in domain, to compare with"], ["", "shift"], ["blind", "best constant answers, without looking"]];
    return make("div", { className: "legend" }, ...items.map(([className, text]) =>
      make("span", {}, make("i", { className }), text)));
  }

  // ---- Gaps ------------------------------------------------------------------------------------

  const answered = (family) => Object.entries(family.splits).filter(([, { figures }]) => figures.n);

  function gapsOf(family) {
    const parts = answered(family);
    if (!parts.length) return [];
    const plot = dots(parts.map(([split, { figures }]) => (
      { label: split, figures, base: family.gaps[split]?.in_domain, isBase: split === "test" })));
    const shown = [make("h3", {}, "Accuracy in domain and on each shift"),
      figure("With 95% intervals; behind each shift, what is reached in domain on the same tasks.", plot, legend())];
    const gaps = Object.values(family.gaps);
    if (gaps.length) shown.push(make("h3", {}, "What each shift costs, on the same tasks"), gapsTable(gaps));
    return shown;
  }

  function gapsTable(gaps) {
    const columns = [
      ["Shift"], ["n"], ["In domain"], ["Shifted"], ["Gap, points (95%)", "in domain minus shifted"],
      ["Retention (95%)", "shifted ÷ in domain"], ["p", "McNemar's test, item by item"], ["Compared", "", "wide"],
    ];
    return table(columns, gaps.map((gap) => ({ cells: [
      gap.shift,
      gap.paired ? number.format(gap.paired.n) : `${number.format(gap.in_domain.n)} and ${number.format(gap.shifted.n)}`,
      percent(gap.in_domain.estimate),
      percent(gap.shifted.estimate),
      `${signed(gap.gap.estimate)} (${signed(gap.gap.low)} to ${signed(gap.gap.high)})`,
      retention(gap.retention),
      gap.paired ? pValue(gap.paired.p_value) : "–",
      `${gap.paired ? "item by item" : "fresh problems"}, ${gap.tasks.join(", ")}`,
    ] })));
  }

  // ---- Breakdowns ------------------------------------------------------------------------------

  const BREAKDOWNS = { kinds: "kind of question", depths: "depth: steps of reasoning", tasks: "task" };

  function breakdownsOf(family) {
    const splits = answered(family).map(([split]) => split);
    if (!splits.length) return [];
    const place = make("div");
    const by = choice("Broken down by", Object.entries(BREAKDOWNS));
    const of = choice("Split", splits.map((split) => [split, split]));
    const show = () => place.replaceChildren(breakdown(family, by.value, of.value));
    for (const select of [by, of]) select.addEventListener("change", show);
    show();
    return [make("h3", {}, "Broken down"), make("div", { className: "chooser" }, "by", by, "of", of), place];
  }

  function breakdown(family, by, split) {
    const isBase = split === "test";
    const inDomain = isBase ? {} : family.splits.test?.[by] ?? {};
    const rows = Object.entries(family.splits[split][by]).filter(([, figures]) => figures.n).map(
      ([label, figures]) => ({ label, figures, base: inDomain[label]?.accuracy, isBase }));
    return figure(`${split}, by ${BREAKDOWNS[by]}`, dots(rows), legend());
  }

  // ---- Confusion -------------------------------------------------------------------------------

  function confusionsOf(family) {
    const splits = Object.entries(family.splits).filter(([, { confusion }]) => Object.keys(confusion).length);
    if (!splits.length) return [];
    const place = make("div");
    const select = choice("Split of the counts", splits.map(([split]) => [split, split]));
    const show = () => place.replaceChildren(
      figure(`${select.value}: the right count down, the answered one across; percent of each row`, confusion(family.splits[select.value].confusion)));
    select.addEventListener("change", show);
    show();
    return [make("h3", {}, "Which counts are taken for which"), make("div", { className: "chooser" }, "of", select), place];
  }

  function confusion(rows) {
    const names = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row)))];
    const isCount = (name) => /^\d+$/.test(name);
    const columns = [...names.filter(isCount).sort((a, b) => a - b), ...names.filter((name) => !isCount(name)).sort()];
    const lines = Object.entries(rows).map(([gold, row]) => {
      const total = Object.values(row).reduce((sum, n) => sum + n, 0);
      return { cells: [gold, ...columns.map((name) => heat(row[name] ?? 0, total, name === gold))] };
    });
    return table([["Right"], ...columns.map((name) => [name])], lines, "confusion");
  }

  function heat(n, total, isRight) {
    const shown = make("span", { className: isRight ? "heat right" : "heat", title: `${n} of ${total}` }, n ? fixed(100 * n / total, 0) : "");
    shown.style.backgroundColor = `color-mix(in srgb, var(--heat) ${100 * n / total}%, transparent)`;
    return shown;
  }

  // ---- Answers ---------------------------------------------------------------------------------

  const FACETS = ["family", "split", "outcome", "kind"];
  const CHUNK = 24; // cards at a time

  function startAnswers() {
    const selects = FACETS.map((facet) => [facet, facetSelect(facet)]).filter(([, select]) => select.options.length > 2);
    const words = make("input", { id: "words", type: "search", placeholder: "words in any text", autocomplete: "off", spellcheck: false });
    for (const [facet, select] of [...selects, ["text", words]]) {
      byId("filters").append(make("label", { className: "facet" }, make("span", {}, capital(facet)), select));
    }
    const show = () => showAnswers(selects, words.value.toLowerCase().split(/\s+/).filter(Boolean));
    for (const [, select] of selects) select.addEventListener("change", show);
    words.value = new URLSearchParams(location.hash.slice(1)).get("words") ?? "";
    words.addEventListener("input", show);
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    show();
  }

  function facetSelect(facet) {
    const values = [...new Set(answers.map((answer) => answer[facet]))];
    return make("select", { id: facet }, make("option", { value: "" }, "all"), ...values.map((value) => make("option", { value }, value)));
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
    more.addEventListener("click", () => {
      more.remove();
      addCards(fitting, from + CHUNK);
      byId("answers").children[from + CHUNK].focus(); // where the button was
    });
    byId("answers").append(more);
  }

  function card(answer) {
    const notes = [
      report.draws > 1 ? `answer ${answer.draw + 1} of ${report.draws}` : null,
      answer.well_formed || answer.outcome === "failed" ? null : "not in the layout",
      answer.finish === "length" ? "cut off" : null,
      answer.lenient && answer.outcome !== "correct" ? "right if read leniently" : null,
      answer.tokens === null ? null : `${number.format(answer.tokens)} tokens`,
    ].filter(Boolean);
    const meta = make("div", { className: "meta" }, make("span", { className: `tag ${answer.outcome}` }, answer.outcome),
      make("code", {}, answer.id), ...[answer.kind, `depth ${answer.depth}`, ...notes].map((text) => make("span", { className: "tag" }, text)));
    const pair = make("dl", { className: "pair" }, make("dt", {}, "Gold"), make("dd", { className: "gold" }, answer.gold),
      make("dt", {}, "Read"), make("dd", {}, answer.read || "nothing"));
    const written = make("pre", { className: "written" },
      answer.outcome === "failed" ? answer.failure : answer.written || "(nothing)");
    const shown = make("div", { className: "pictures" }, ...(pictures[answer.pictures] ?? []).map((src, place) =>
      make("img", { src, alt: `Picture ${place + 1} of ${answer.id}` })));
    return make("article", { className: "card", tabIndex: -1 }, shown, make("div", { className: "body" },
      meta, make("p", { className: "question" }, answer.question), pair, written));
  }

  // ---- Start -----------------------------------------------------------------------------------

  function showFamily([name, family]) {
    return make("section", {}, make("h2", {}, capital(name)), headsOf(family, "test", "plain mean of the shifts"),
      ...splitsTable(family), ...drawsTable(family), ...detailTable(family),
      ...gapsOf(family), ...breakdownsOf(family), ...confusionsOf(family));
  }

  function showAll() {
    const meaning = "plain mean of the families";
    return make("section", {}, make("h2", {}, "All families"), headsOf(report, meaning, meaning));
  }

  /** Of an experiment: how the model came to where it is. */
  function showTraining() {
    const shown = trainingSections(training, report.training, { make, table, figure, percent, number });
    byId("families").before(...shown.sections);
    byId("measured-title").closest("section").append(shown.settings);
  }

  function start() {
    byId("facts").textContent = facts;
    byId("remarks").hidden = !report.remarks.length;
    byId("remarks").querySelector("ul").append(...report.remarks.map((text) => make("li", {}, text)));
    if (training) showTraining();
    const families = Object.entries(report.families);
    if (families.length > 1) byId("families").append(showAll());
    byId("families").append(...families.map(showFamily));
    byId("averaging").textContent = report.averaging;
    byId("settings").tBodies[0].append(...settings.map(([name, value]) =>
      make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, value))));
    pageTheme.start();
    // An experiment whose last evaluation is still to come has no answers to look at.
    byId("answers-title").closest("section").hidden = !families.length;
    startAnswers();
  }

  start();
})();
