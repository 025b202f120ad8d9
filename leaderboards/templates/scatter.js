"use strict";
// A point for each row: accuracy in domain across, what the shifts cost down. Drawn with boxes, so that its
// words stay as large on a phone.
const boardScatter = (() => {
  const { make, percent, signed, colour } = boardRows;
  const STEPS = [0.02, 0.05, 0.1, 0.2, 0.25, 0.5];
  const AT_MOST = 7; // lines across
  const NEAR = 2; // percent of the plane: half of a point hides the other

  /** The ends of an axis and where its lines are. */
  function axis(values, hold) {
    const [low, high] = [Math.min(hold[0], ...values), Math.max(hold[1], ...values)];
    const step = STEPS.find((one) => (high - low) / one <= AT_MOST) ?? 1;
    const [from, to] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
    const lines = [];
    for (let at = from; at <= to + step / 2; at += step) lines.push(at);
    return { place: (value) => (100 * (value - from)) / (to - from), lines };
  }

  function at(element, left, bottom, width = null, height = null) {
    element.style.left = `${left}%`;
    element.style.bottom = `${bottom}%`;
    if (width !== null) element.style.width = `${width}%`;
    if (height !== null) element.style.height = `${height}%`;
    return element;
  }

  /** Rows are {name, recipe, href, x, y}; x and y are intervals, whose ends may be missing. */
  function scatter(rows, told) {
    const ends = (interval) => [interval.estimate, interval.low ?? interval.estimate, interval.high ?? interval.estimate];
    const across = axis(rows.flatMap(({ x }) => ends(x)), [0, 0]);
    const up = axis(rows.flatMap(({ y }) => ends(y)), [0, 0.1]);
    const caption = make("p", { className: "pointed", role: "status" }, " ");
    const plane = make("div", { className: "plane" },
      ...across.lines.map((value) => at(make("i", { className: "down" }, make("span", {}, percent(value, 0))), across.place(value), 0)),
      ...up.lines.map((value) => at(make("i", { className: Math.abs(value) < 1e-9 ? "across zero" : "across" }, make("span", {}, signed(value).replace(/\.0$/, "").replace(/^[+−]0$/, "0"))), 0, up.place(value))),
      ...rows.flatMap((row) => point(row, across, up, caption)));
    const hidden = inOnePlace(rows, across, up).map((some) => some.join(", "));
    const recipes = [...new Set(rows.map((row) => row.recipe))];
    return make("figure", { className: "plot" }, make("figcaption", {}, told), plane, caption,
      ...(hidden.length ? [make("p", { className: "facts" }, `In one place: ${hidden.join("; ")}.`)] : []),
      make("div", { className: "legend" }, ...recipes.map((recipe) => make("span", {}, make("i", { className: `key ${colour(recipe)}` }), recipe))));
  }

  /** The names of rows whose points hide each other. */
  function inOnePlace(rows, across, up) {
    const groups = [];
    for (const { name, x, y } of rows) {
      const [left, bottom] = [across.place(x.estimate), up.place(y.estimate)];
      const isNear = (one) => Math.abs(one.left - left) < NEAR && Math.abs(one.bottom - bottom) < NEAR;
      const near = groups.find((points) => points.some(isNear));
      if (near) near.push({ left, bottom, name });
      else groups.push([{ left, bottom, name }]);
    }
    return groups.filter((points) => points.length > 1).map((points) => points.map(({ name }) => name));
  }

  function point(row, across, up, caption) {
    const { x, y } = row;
    const [left, bottom] = [across.place(x.estimate), up.place(y.estimate)];
    const marks = [];
    if (x.low !== null && x.low !== undefined) marks.push(at(make("i", { className: `flat ${colour(row.recipe)}` }), across.place(x.low), bottom, across.place(x.high) - across.place(x.low)));
    if (y.low !== null && y.low !== undefined) marks.push(at(make("i", { className: `tall ${colour(row.recipe)}` }), left, up.place(y.low), null, up.place(y.high) - up.place(y.low)));
    const words = `${row.name}: ${percent(x.estimate)} in domain, gap ${signed(y.estimate)} points`;
    const shown = make(row.href ? "a" : "span", { className: `point ${colour(row.recipe)}`, title: words, ariaLabel: words });
    if (row.href) shown.href = row.href;
    else shown.tabIndex = 0;
    for (const event of ["pointerenter", "focus"]) shown.addEventListener(event, () => { caption.textContent = words; });
    return [...marks, at(shown, left, bottom)];
  }

  return { scatter };
})();
