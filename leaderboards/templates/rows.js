"use strict";
// Tables whose rows are sorted and filtered, with intervals drawn. Texts of others only ever become text nodes.
const boardRows = (() => {
  const number = new Intl.NumberFormat("en");
  const inOrder = new Intl.Collator("en", { numeric: true }).compare;
  const RECIPES = ["as found", "zero-shot", "ans-sft", "cot-sft", "reason-rft-zero", "reason-rft"];

  /** An element with properties and children; strings become text. */
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  /** A number ≥ 0, rounded as the reports have it: an exact half goes to the even digit. */
  const fixed = (value, digits = 1) => (value - ((2 ** (digits + 1) * value) % 4 === 1 ? 1e-9 : 0)).toFixed(digits);
  const percent = (share, digits = 1) => (share === null || share === undefined ? "–" : `${fixed(100 * share, digits)}%`);
  const signed = (share) => `${share < 0 ? "−" : "+"}${fixed(Math.abs(100 * share))}`;
  const range = ({ low, high }) => `${fixed(100 * low)}–${fixed(100 * high)}`;
  /** A name for the colour of a recipe: one of ours, or none. */
  const colour = (recipe) => `recipe-${Math.max(0, RECIPES.indexOf(String(recipe).toLowerCase()))}`;

  /** Something at a share of the track's width, or from one to another. */
  function mark(className, from, to = null) {
    const shown = make("i", { className });
    const inside = (share) => Math.min(1, Math.max(0, share));
    shown.style.left = `${100 * inside(from)}%`;
    if (to !== null) shown.style.width = `${100 * (inside(to) - inside(from))}%`;
    return shown;
  }

  /** An accuracy with its interval, in figures, drawn from 0 to 100 %, and of how many questions. */
  function accuracy(interval, { recipe = "", blind = null } = {}, text = null, notes = []) {
    if (!interval) return "–";
    const marks = [mark("whisker", interval.low, interval.high), mark("dot", interval.estimate)];
    if (blind !== null) marks.unshift(mark("blind", blind));
    const track = make("span", { className: `track ${colour(recipe)}`, ariaHidden: "true" }, ...marks);
    return make("span", { className: "measure", title: blind === null ? "" : `best constant answers ${percent(blind)}` },
      make("span", { className: "figures" }, make("b", {}, text ?? percent(interval.estimate)), ...notes, " ", make("small", {}, range(interval))),
      track, make("small", { className: "asked" }, `n = ${number.format(interval.n)}`));
  }

  /** A difference in percentage points with its interval. */
  function points(interval) {
    if (!interval) return "–";
    const shown = document.createDocumentFragment();
    shown.append(make("b", {}, signed(interval.estimate)), " ", make("small", {}, `${signed(interval.low)} to ${signed(interval.high)}`));
    return shown;
  }

  /** A rank; pressed, it shows the rows that the row cannot be told apart from. */
  function rank(standing, names) {
    if (!standing) return "–";
    const tied = standing.tied.map((place) => names[place]);
    const title = tied.length ? `Cannot be told apart from: ${tied.join(", ")}` : "Surely apart from all other rows";
    const button = make("button", { type: "button", className: "rank", title, ariaPressed: "false" }, String(standing.rank));
    button.addEventListener("click", () => showTied(button, standing.tied));
    return button;
  }

  function showTied(button, tied) {
    const isOn = button.ariaPressed === "true";
    const table = button.closest("table");
    for (const other of table.querySelectorAll(".rank")) other.ariaPressed = "false";
    for (const row of table.tBodies[0].rows) row.classList.toggle("tied", !isOn && tied.includes(Number(row.dataset.place)));
    button.ariaPressed = String(!isOn);
  }

  const isNone = (value) => value === null || value === undefined || value === "";

  function compare(first, second) {
    return typeof first === "string" ? inOrder(first, second) : first - second;
  }

  /**
   * A table. Columns are {name, title, value, cell, kind, first}: `value` sorts, `first` says that the
   * largest comes first. Rows that `fits` does not let through are not shown. Without `sorted` they stand as
   * they came; `label` names the table for who does not see it.
   */
  function table(columns, rows, { sorted = null, caption = "", label = caption } = {}) {
    const places = new Map(rows.map((row, place) => [row, place]));
    const body = make("tbody");
    const heads = columns.map((column) => make("th", { scope: "col", className: column.kind ?? "", title: column.title ?? "" },
      column.value ? make("button", { type: "button", className: "sort" }, column.name) : column.name, ...(column.after ?? [])));
    const state = { column: sorted, down: Boolean(columns[sorted]?.first), fits: () => true };

    function show() {
      const value = columns[state.column]?.value ?? (() => null);
      const shown = rows.filter((row) => state.fits(row)).sort((a, b) => {
        const [one, other] = [value(a), value(b)];
        if (isNone(one) || isNone(other)) return Number(isNone(one)) - Number(isNone(other)) || places.get(a) - places.get(b); // what is not there comes last
        return (state.down ? -1 : 1) * compare(one, other) || places.get(a) - places.get(b);
      });
      body.replaceChildren(...shown.map(line));
      heads.forEach((head, place) => { head.ariaSort = place === state.column ? (state.down ? "descending" : "ascending") : null; });
      return shown.length;
    }

    function line(row) {
      const shown = make("tr", {}, ...columns.map((column, place) => (place
        ? make("td", { className: column.kind ?? "" }, column.cell(row))
        : make("th", { scope: "row" }, column.cell(row)))));
      shown.dataset.place = places.get(row);
      return shown;
    }

    heads.forEach((head, place) => head.querySelector(".sort")?.addEventListener("click", () => {
      state.down = place === state.column ? !state.down : Boolean(columns[place].first);
      state.column = place;
      show();
    }));
    show();
    const head = make("thead", {}, make("tr", {}, ...heads));
    const scroll = make("div", { className: "scroll", tabIndex: 0, role: "group", ariaLabel: label }, make("table", { className: "rows" }, head, body));
    const element = make("div", {}, ...(caption ? [make("p", { className: "caption" }, caption)] : []), scroll);
    return { element, filter: (fits) => { state.fits = fits; return show(); } };
  }

  /** The row's name, which leads to what it is of. */
  function name(row) {
    return make("a", { href: row.href, className: `who ${colour(row.recipe)}`, title: row.name }, row.name);
  }

  /** A choice among the values that there are. */
  function facetSelect(facet, values) {
    const there = [...new Set(values.map(String))].sort(inOrder);
    return make("select", { id: facet }, make("option", { value: "" }, "all"), ...there.map((value) => make("option", { value }, value)));
  }

  return { make, number, fixed, percent, signed, range, colour, accuracy, points, rank, table, name, facetSelect };
})();
