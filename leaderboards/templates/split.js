"use strict";
// Draws a split in #data: its rows, and its questions with every row's answer. Texts of others only ever
// become text nodes.
(() => {
  const { make, number, percent, accuracy, points, rank, table, name, fixed, facetSelect } = boardRows;
  const byId = (id) => document.getElementById(id);
  const { split, rows, questions, method } = JSON.parse(byId("data").textContent);
  const OUTCOMES = { c: "correct", p: "partial", w: "wrong", u: "unread", m: "some right" };
  const FACETS = ["kind", "depth"];
  const CHUNK = 24; // cards at a time
  const SHOWN = 12; // rows on a card, before the others are only counted

  function showTable() {
    const names = rows.map((row) => row.name);
    const columns = [
      { name: "Entry", value: (row) => row.name, cell: name },
      { name: "Rank", title: "press a rank to see which rows cannot be told apart", value: (row) => row.rank?.rank ?? null, cell: (row) => rank(row.rank, names) },
      { name: "Accuracy (95%)", title: "right by the strict reading", value: (row) => row.accuracy?.estimate ?? null, first: true, cell: (row) => accuracy(row.accuracy, row) },
      ...(rows.some((row) => row.gap) ? [{ name: "Gap, points (95%)", title: "in domain minus shifted, on the same tasks", value: (row) => row.gap?.estimate ?? null, cell: (row) => points(row.gap) }] : []),
      { name: "Lenient", title: "right wherever in the text the answer stands", value: (row) => row.lenient, first: true, cell: (row) => percent(row.lenient) },
      { name: "Partial", title: "mean score, partial credit counted", value: (row) => row.partial, first: true, cell: (row) => percent(row.partial) },
      { name: "Format", title: "exactly one thought and one answer in their tags: none where answers alone are asked for", value: (row) => row.format, first: true, cell: (row) => percent(row.format) },
      { name: "Unread", title: "without an answer that can be read", value: (row) => row.unread, cell: (row) => percent(row.unread) },
      { name: "Tokens", title: "written, mean", value: (row) => row.tokens, cell: (row) => (row.tokens === null ? "–" : fixed(row.tokens, 0)) },
      { name: "Model", kind: "text long", value: (row) => row.model, cell: (row) => row.model },
      { name: "Recipe", kind: "text", value: (row) => row.recipe, cell: (row) => row.recipe },
      ...(rows.some((row) => row.part) ? [{ name: "Rows of train", title: "that it learned from", value: (row) => row.rows, cell: (row) => row.rows }] : []),
      { name: "Seed", value: (row) => row.seed, cell: (row) => (row.seed === null ? "–" : String(row.seed)) },
    ];
    byId("table").append(table(columns, rows, { sorted: 2, caption: "The red mark is what the best constant answers reach without a look at the picture." }).element);
  }

  // ---- Questions -------------------------------------------------------------------------------

  const SORTS = {
    "as asked": () => true,
    "rows differ": (place) => new Set(rows.map((row) => row.outcomes[place] === "c")).size > 1,
    "none right": (place) => rows.every((row) => row.outcomes[place] !== "c"),
    "all right": (place) => rows.every((row) => row.outcomes[place] === "c"),
  };

  function startQuestions() {
    const selects = FACETS.map((facet) => [facet, facetSelect(facet, questions.map((one) => one[facet]))]).filter(([, select]) => select.options.length > 2);
    const sort = make("select", { id: "sort" }, ...Object.keys(SORTS).map((value) => make("option", { value }, value)));
    const words = make("input", { id: "words", type: "search", placeholder: "words in a question", autocomplete: "off", spellcheck: false });
    for (const [facet, control] of [["questions", sort], ...selects, ["text", words]]) {
      byId("filters").append(make("label", { className: "facet" }, make("span", {}, facet[0].toUpperCase() + facet.slice(1)), control));
    }
    const show = () => showQuestions(selects, sort.value, words.value.toLowerCase().split(/\s+/).filter(Boolean));
    for (const control of [sort, ...selects.map(([, select]) => select)]) control.addEventListener("change", show);
    words.addEventListener("input", show);
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    show();
  }

  function showQuestions(selects, sort, words) {
    for (const [, select] of selects) select.classList.toggle("chosen", select.value !== "");
    const fitting = questions.map((_, place) => place).filter((place) => SORTS[sort](place)
      && selects.every(([facet, select]) => !select.value || String(questions[place][facet]) === select.value)
      && words.every((word) => `${questions[place].id}\n${questions[place].question}`.toLowerCase().includes(word)));
    byId("count").textContent = `${number.format(fitting.length)} of ${number.format(questions.length)} questions`;
    byId("questions").replaceChildren();
    addCards(fitting, 0);
  }

  function addCards(fitting, from) {
    byId("questions").append(...fitting.slice(from, from + CHUNK).map(card));
    if (from + CHUNK >= fitting.length) return;
    const more = make("button", { type: "button" }, `Show more (${number.format(fitting.length - from - CHUNK)})`);
    more.addEventListener("click", () => {
      more.remove();
      addCards(fitting, from + CHUNK);
      byId("questions").children[from + CHUNK].focus(); // where the button was
    });
    byId("questions").append(more);
  }

  function card(place) {
    const one = questions[place];
    const right = rows.filter((row) => row.outcomes[place] === "c").length;
    const pictures = make("div", { className: "pictures" }, ...one.pictures.map((src, at) =>
      make("img", { src, loading: "lazy", alt: `Picture ${at + 1} of ${one.id}` })));
    const meta = make("div", { className: "meta" }, make("code", {}, one.id),
      ...[one.kind, `depth ${one.depth}`, `${right} of ${rows.length} right`].map((text) => make("span", { className: "tag" }, text)));
    const gold = make("dl", { className: "pair" }, make("dt", {}, "Gold"), make("dd", { className: "gold" }, one.gold));
    const shown = make("ul", { className: "verdicts" }, ...rows.slice(0, SHOWN).map((row) => verdict(row, one, place)));
    const rest = rows.length > SHOWN ? [moreVerdicts(shown, one, place)] : [];
    return make("article", { className: "card", tabIndex: -1 }, pictures, make("div", { className: "body" },
      meta, make("p", { className: "question" }, one.question), gold, shown, ...rest));
  }

  function moreVerdicts(shown, one, place) {
    const button = make("button", { type: "button" }, `All ${number.format(rows.length)} rows`);
    button.addEventListener("click", () => {
      shown.append(...rows.slice(SHOWN).map((row) => verdict(row, one, place)));
      button.remove();
    });
    return button;
  }

  function verdict(row, one, place) {
    const outcome = OUTCOMES[row.outcomes[place]] ?? "unread";
    const href = `${row.href}#words=${encodeURIComponent(one.id)}`;
    const read = row.read[place] || "nothing";
    return make("li", {}, name({ ...row, href }), make("span", { className: "read", title: read }, read), make("span", { className: `tag ${outcome}` }, outcome));
  }

  // ---- Start -----------------------------------------------------------------------------------

  function start() {
    byId("facts").textContent = `${split.shift || "In domain"}. ${number.format(split.n)} questions, samples ${split.digest}.`;
    byId("method").textContent = method;
    showTable();
    startQuestions();
    pageTheme.start();
  }

  start();
})();
