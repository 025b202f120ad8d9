"use strict";
// Draws all tables in #data. Texts of others only ever become text nodes.
(() => {
  const { make, number, percent, signed, accuracy, points, rank, table, name, fixed, facetSelect } = boardRows;
  const byId = (id) => document.getElementById(id);
  const { boards, published, method } = JSON.parse(byId("data").textContent);
  const FACETS = { family: "Family", model: "Model", recipe: "Recipe", rows: "Rows of train" };
  const PARTS = "Rows that learned from a part of the training set have no rank.";
  const REFERENCES = "References answer without a model, and have no rank.";
  const tables = []; // {filter, rows}

  // ---- Our runs ------------------------------------------------------------------------------

  const estimate = (key) => (row) => row[key]?.estimate ?? null;

  const hasParts = (rows) => rows.some((row) => row.part);
  const hasReferences = (rows) => rows.some((row) => row.recipe === "reference");
  const unranked = (rows) => [...(hasParts(rows) ? [PARTS] : []), ...(hasReferences(rows) ? [REFERENCES] : [])].join(" ");

  function boardColumns(board) {
    const names = board.rows.map((row) => row.name);
    const hasIn = board.rows.some((row) => row.in);
    const hasOut = board.rows.some((row) => row.out);
    const rankOf = (place) => (row) => row.ranks[place]?.rank ?? null;
    const columns = [{ name: "Entry", value: (row) => row.name, cell: name }];
    if (hasOut) columns.push(
      { name: "Rank, out", title: "out of domain; press a rank to see which rows cannot be told apart", value: rankOf(1), cell: (row) => rank(row.ranks[1], names) },
      { name: "Out of domain (95%)", title: "plain mean of the shifts", value: estimate("out"), first: true, cell: (row) => accuracy(row.out, row) });
    if (hasIn) columns.push(
      { name: "Rank, in", title: "in domain; press a rank to see which rows cannot be told apart", value: rankOf(0), cell: (row) => rank(row.ranks[0], names) },
      { name: "In domain (95%)", title: "accuracy on test", value: estimate("in"), first: true, cell: (row) => accuracy(row.in, row) });
    if (hasIn && hasOut) columns.push(
      { name: "Gap, points (95%)", title: "in domain minus shifted on the same tasks, plain mean of the shifts", value: estimate("gap"), cell: (row) => points(row.gap) });
    return [...columns,
      { name: "Format", title: "exactly one thought and one answer in their tags: none where answers alone are asked for", value: (row) => row.format, first: true, cell: (row) => percent(row.format) },
      { name: "Unread", title: "without an answer that can be read: not right", value: (row) => row.unread, cell: (row) => percent(row.unread) },
      { name: "Tokens", title: "written, mean", value: (row) => row.tokens, cell: (row) => (row.tokens === null ? "–" : fixed(row.tokens, 0)) },
      { name: "Model", kind: "text long", value: (row) => row.model, cell: (row) => row.model },
      { name: "Recipe", kind: "text", value: (row) => row.recipe, cell: (row) => row.recipe },
      ...(hasParts(board.rows) ? [{ name: "Rows of train", title: "that it learned from", value: (row) => row.rows, cell: (row) => row.rows }] : []),
      { name: "Seed", title: "of training", value: (row) => row.seed, cell: (row) => (row.seed === null ? "–" : String(row.seed)) },
      { name: "n, all splits", title: "questions, of which format, unread and tokens are", value: (row) => row.n, first: true, cell: (row) => number.format(row.n) },
    ];
  }

  function showBoard(board) {
    for (const row of board.rows) row.family = board.family;
    const columns = boardColumns(board);
    const best = columns.findIndex(({ first }) => first);
    const shown = table(columns, board.rows, { sorted: best, label: board.title, caption: unranked(board.rows) });
    const section = make("section", { className: "board" }, make("h3", {}, board.title), shown.element);
    const pointed = board.rows.filter((row) => row.in && row.gap).map((row) => ({ ...row, x: row.in, y: row.gap }));
    const plots = make("div", { className: "beside" });
    if (pointed.length) plots.append(boardScatter.scatter(pointed, "Accuracy in domain across, gap in points up: right and low is best. 95% intervals."));
    plots.append(splitsOf(board));
    section.append(plots);
    tables.push({ filter: shown.filter, rows: board.rows, section });
    return section;
  }

  function splitsOf(board) {
    const columns = [["Split"], ["n"], ["Differs from training"]];
    const head = make("tr", {}, ...columns.map(([text], place) => make("th", { scope: "col", className: place === 2 ? "text" : "" }, text)));
    const rows = board.splits.map((split) => make("tr", {},
      make("th", { scope: "row" }, make("a", { href: split.href }, split.name)),
      make("td", {}, number.format(split.n)),
      make("td", { className: "wide" }, split.shift || "in domain")));
    return make("figure", { className: "plot" }, make("figcaption", {}, "Each split has a page with its ranks and its questions"),
      make("div", { className: "scroll" }, make("table", { className: "splits" }, make("thead", {}, head), make("tbody", {}, ...rows))));
  }

  function empty() {
    return make("p", { className: "none" }, "No run is entered yet. ", make("code", {}, "rrft leaderboard add RUN"), " enters a finished evaluation or experiment.");
  }

  // ---- Filters -------------------------------------------------------------------------------

  function startFilters() {
    const all = boards.flatMap((board) => board.rows);
    const facets = Object.keys(FACETS).filter((facet) => facet !== "rows" || hasParts(all));
    const selects = facets.map((facet) => [facet, facetSelect(facet, all.map((row) => row[facet]))]).filter(([, select]) => select.options.length > 2);
    const words = make("input", { id: "words", type: "search", placeholder: "words in a name", autocomplete: "off", spellcheck: false });
    for (const [facet, control] of [...selects, ["text", words]]) {
      byId("filters").append(make("label", { className: "facet" }, make("span", {}, FACETS[facet] ?? "Text"), control));
    }
    const show = () => filter(selects, words.value.toLowerCase().split(/\s+/).filter(Boolean), all.length);
    for (const [, select] of selects) select.addEventListener("change", show);
    words.addEventListener("input", show);
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("filters").hidden = all.length < 2;
    show();
  }

  function filter(selects, words, total) {
    for (const [, select] of selects) select.classList.toggle("chosen", select.value !== "");
    const fits = (row) => selects.every(([facet, select]) => !select.value || row[facet] === select.value)
      && words.every((word) => `${row.name} ${row.model} ${row.recipe}`.toLowerCase().includes(word));
    let shown = 0;
    for (const one of tables) {
      const there = one.filter(fits);
      one.section.hidden = there === 0;
      shown += there;
    }
    byId("count").textContent = shown < total ? `${number.format(shown)} of ${number.format(total)} rows; ranks are among all rows of a table` : "";
  }

  // ---- What was printed ------------------------------------------------------------------------

  const notes = (numbers, texts) => numbers.map((one) => make("sup", { title: texts[one - 1] }, String(one)));

  function printedCell(cell, recipe, texts) {
    const marks = cell.whole ? [] : [make("sup", { title: "no whole number of right answers gives this value" }, "†")];
    marks.push(...notes(cell.notes, texts));
    return cell.interval ? accuracy(cell.interval, { recipe }, cell.printed, marks) : make("span", {}, make("b", {}, cell.printed), ...marks);
  }

  function partColumns(one, part) {
    const mean = (cells) => cells.reduce((sum, cell) => sum + cell.share, 0) / cells.length;
    const cellsOf = (row, shifted) => row.cells.filter((_, place) => part.columns[place].shifted === shifted);
    const gap = (row) => mean(cellsOf(row, false)) - mean(cellsOf(row, true));
    return {
      gap,
      columns: [
        { name: "Row", value: (row) => row.method, cell: (row) => make("span", { className: `who ${boardRows.colour(row.recipe)}` }, row.method) },
        ...part.columns.map((column, place) => ({
          name: `${column.label}${column.shifted ? "" : " (in domain)"}`,
          title: part.counted ? `percent right, with the 95% interval of ${number.format(column.n)} questions` : `mean partial credit in percent, n = ${number.format(column.n)}`,
          after: notes(column.notes, one.notes),
          value: (row) => row.cells[place].share, first: true, cell: (row) => printedCell(row.cells[place], row.recipe, one.notes),
        })),
        { name: "Gap, points", title: "in domain minus the mean out of domain, worked out here", value: gap, cell: (row) => signed(gap(row)) },
        { name: "Average", title: "as printed", value: (row) => row.average.printed, first: true, after: notes(part.average, one.notes),
          cell: (row) => make("span", {}, make("span", { className: row.average.holds ? "" : "off" }, row.average.printed.toFixed(2)), ...notes(row.average.notes, one.notes),
            ...(row.average.holds ? [] : [make("small", { className: "told" }, row.average.told)])) },
        { name: "Made anew", title: "the plain mean of the columns", value: (row) => row.average.made, first: true,
          cell: (row) => (row.average.holds ? row.average.made.toFixed(2) : make("b", {}, row.average.made.toFixed(2))) },
        { name: "Group", kind: "text", value: (row) => row.group, cell: (row) => row.group },
      ],
    };
  }

  function showPart(one, part) {
    const { columns, gap } = partColumns(one, part);
    const shown = table(columns, part.rows, { label: part.name, caption: `${part.counted ? "Percent right, with the 95% interval of so many questions" : "Mean partial credit in percent: no intervals, since no items were published"}` });
    const inside = part.columns.findIndex(({ shifted }) => !shifted);
    const pointed = part.rows.map((row) => ({
      name: row.method, recipe: row.recipe, x: row.cells[inside].interval ?? { estimate: row.cells[inside].share }, y: { estimate: gap(row) } }));
    return make("section", {}, make("h3", {}, part.name), shown.element,
      make("details", { className: "more" }, make("summary", {}, "Gap against accuracy"),
        boardScatter.scatter(pointed, "Accuracy in domain across, gap in points up: right and low is best. The gap has no interval: no items were published.")));
  }

  function showPublished(one) {
    const place = make("div");
    place.append(make("p", { className: "facts prose" }, `${one.source}. ${one.rule} Where the printed one is another, it stands in red, with what it is.`),
      ...one.parts.map((part) => showPart(one, part)),
      make("h3", {}, "Notes"), make("ol", { className: "notes prose" }, ...one.notes.map((text) => make("li", {}, text))),
      make("p", { className: "facts prose" }, "† No whole number of right answers gives this value with the published number of questions."));
    return place;
  }

  function startPublished() {
    const place = make("div");
    const select = make("select", { ariaLabel: "Which table" }, ...published.map((one, number) => make("option", { value: number }, one.title)));
    const show = () => place.replaceChildren(showPublished(published[select.value]));
    select.addEventListener("change", show);
    byId("published").append(make("div", { className: "chooser" }, select), place);
    show();
  }

  // ---- Start -----------------------------------------------------------------------------------

  function start() {
    const entries = new Set(boards.flatMap((board) => board.rows.map((row) => row.name)));
    const count = (n, noun) => `${number.format(n)} ${noun}${n === 1 ? "" : "s"}`;
    byId("facts").textContent = entries.size
      ? `${count(entries.size, "run")} in ${count(boards.length, "table")}, each down to its answers; and what the paper printed, in tables of its own.`
      : "What the paper printed, with what follows from it; runs of the toolkit will stand in tables of their own.";
    const ours = boards.filter((board) => !board.public);
    const others = boards.filter((board) => board.public);
    byId("boards").append(...(ours.length ? ours.map(showBoard) : [empty()]));
    byId("public").hidden = !others.length;
    byId("public-boards").append(...others.map(showBoard));
    byId("method").textContent = method;
    startPublished();
    startFilters();
    pageTheme.start();
  }

  start();
})();
