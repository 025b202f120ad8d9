// What training changed, its curves and its costs, for the page of an experiment; called by report.js.
const trainingSections = (words, experiment, { make, table, figure, percent, number }) => {
  const SVG = "http://www.w3.org/2000/svg";

  /** An element of a drawing; strings become text. */
  function draw(tag, attributes = {}, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  /** A table of words; those of `texts` are read, not compared, and stand left. */
  const wordTable = ({ columns, rows }, ...texts) => table(
    columns.map((name) => [name, "", texts.includes(name) ? "text" : ""]), rows.map((cells) => ({ cells })));

  // ---- What training changed -------------------------------------------------------------------

  const names = Object.keys(experiment.evaluations);

  function changesSection() {
    const last = names[names.length - 1];
    const paired = words.changes.rows.length ? ` On the right, from ${names[0]} to ${last}: the difference in points, on the questions that both have an answer to.` : "";
    const shown = [make("h2", {}, "What training changed"), figure(`Accuracy on each split, with 95% intervals.${paired}`, steps(), legendOf(names, "dot"))];
    shown.push(make("details", {}, make("summary", {}, "The same in numbers"), wordTable(words.accuracies)));
    const isWhole = ([, from, to]) => from === names[0] && to === last;
    const { columns, rows } = words.changes;
    const of = (fitting) => wordTable({ columns, rows: fitting }, "from", "to");
    const [whole, parts] = [rows.filter(isWhole), rows.filter((row) => !isWhole(row))];
    if (whole.length) shown.push(make("h3", {}, "Question by question"), make("p", { className: "soft prose" }, words.changed), of(whole));
    if (parts.length) shown.push(make("details", {}, make("summary", {}, "Stage by stage"), of(parts)));
    return make("section", { className: "training" }, ...shown);
  }

  /** A row for each split: a dot with its whisker for each evaluation, below one another. */
  function steps() {
    const splits = [...new Set(names.flatMap((name) => Object.keys(experiment.evaluations[name].splits)))];
    const axis = make("li", { className: "axis", ariaHidden: "true" }, make("span"),
      make("span", { className: "track" }, ...[0, 0.25, 0.5, 0.75, 1].map((at) => place("at", at, null, 50, percent(at, 0)))), make("span"));
    return make("ul", { className: "dots steps" }, ...splits.map(stepRow), axis);
  }

  function stepRow(split) {
    const marks = names.flatMap((name, order) => {
      const accuracy = experiment.evaluations[name].splits[split];
      if (!accuracy?.n) return [];
      const top = 100 * (order + 1) / (names.length + 1);
      const marked = [place(`whisker s${order}`, accuracy.low, accuracy.high, top), place(`dot s${order}`, accuracy.estimate, null, top)];
      for (const one of marked) one.title = `${name}: ${percent(accuracy.estimate)} (${percent(accuracy.low)}–${percent(accuracy.high)}), n = ${number.format(accuracy.n)}`;
      return marked;
    });
    const last = names[names.length - 1];
    const row = experiment.changes.findIndex((one) => one.split === split && one.before === names[0] && one.after === last);
    const [n, change] = row < 0 ? ["", "–"] : [words.changes.rows[row][3], words.changes.rows[row][6]];
    const [points, range = ""] = change.split(/ (?=\()/);
    return make("li", {}, make("span", {}, split), make("span", { className: "track", ariaHidden: "true" }, ...marks),
      make("span", {}, make("b", {}, points), make("small", {}, ` ${range}`), make("small", {}, n ? ` n\u00a0=\u00a0${n}` : "")));
  }

  function place(className, from, to, top, text = "") {
    const shown = make("i", { className }, text);
    shown.style.left = `${100 * from}%`;
    shown.style.top = `${top}%`;
    if (to !== null) shown.style.width = `${100 * (to - from)}%`;
    return shown;
  }

  const legendOf = (labels, kind) => make("div", { className: "legend" }, ...labels.map((label, order) =>
    make("span", {}, make("i", { className: `${kind} s${order}` }), label)));

  // ---- A stage ---------------------------------------------------------------------------------

  function stageSection([name, stage]) {
    const told = words.stages[name];
    const shown = [make("h2", {}, told.title), make("p", { className: "soft prose" }, told.facts)];
    if (stage.alarms.length) shown.push(make("ol", { className: "alarms" }, ...stage.alarms.map(alarmItem)));
    const each = stage.rows_a_point > 1 ? `the mean of ${stage.rows_a_point} rows of the log` : "a row of the log";
    if (told.charts.length) {
      shown.push(make("p", { className: "soft" }, `A light point is ${each}, the line their running mean. Point at a curve to read it.`),
        make("div", { className: "charts" }, ...told.charts.map((chart) => curves(chart, stage))));
    }
    if (told.parts.rows.length) shown.push(make("h3", {}, "What the reward was made of"), wordTable(told.parts));
    shown.push(make("h3", {}, "Start, middle, end"), wordTable(told.moments), make("p", { className: "soft prose" }, words.rows));
    return make("section", { className: "training" }, ...shown);
  }

  const alarmItem = ({ step, name, message }) =>
    make("li", {}, make("b", {}, `${name}, step ${number.format(step)}. `), message);

  // ---- Curves ----------------------------------------------------------------------------------

  const HEIGHT = 210, TOP = 22, BOTTOM = 36, RIGHT = 12; // pixels, of a chart and of its margins
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`; // the axis's, in training.css
  const widthOf = (text) => pen.measureText(text).width;
  const APART = 24; // pixels between the marks of two alarms, or they are one

  /** A chart that is drawn anew whenever its width changes, so that its letters never shrink. */
  function curves(chart, stage) {
    const steps = stage.curves.step;
    const window = Math.max(5, 2 * Math.floor(steps.length / 40) + 1);
    const series = chart.series.map(({ key, label }) => {
      const values = stage.curves[key];
      return { label, values, line: key === "learning_rate" ? values : runningMean(values, window) };
    });
    const box = make("div", { className: "curve" });
    const tip = make("div", { className: "tip", hidden: true });
    const tell = (value) => tickText(value, chart.share);
    let drawn = 0;
    new ResizeObserver(() => {
      const width = Math.floor(box.clientWidth);
      if (width < 80 || width === drawn) return;
      drawn = width;
      tip.hidden = true;
      box.replaceChildren(drawCurves({ width, steps, series, alarms: stage.alarms, tell, chart, tip }), tip);
    }).observe(box);
    const legend = series.length > 1 ? [legendOf(series.map(({ label }) => label), "dot")] : [];
    return figure(chart.title, ...legend, box);
  }

  /** The mean of the values around each; a missing one is left out of it. */
  function runningMean(values, window) {
    const half = (window - 1) / 2;
    return values.map((_, at) => {
      const near = values.slice(Math.max(0, at - half), at + half + 1).filter((value) => value !== null);
      return near.length ? near.reduce((sum, value) => sum + value, 0) / near.length : null;
    });
  }

  function drawCurves({ width, steps, series, alarms, tell, chart, tip }) {
    const known = series.flatMap(({ values }) => values).filter((value) => value !== null);
    const ys = niceTicks(...rangeOf(known, chart.share), 4);
    const texts = ys.map(tell);
    const left = 8 + Math.max(...texts.map(widthOf));
    // An alarm may come after the last row that a killed run left.
    const [first, last] = [Math.min(0, steps[0]), Math.max(1, steps[steps.length - 1], ...alarms.map(({ step }) => step))];
    const x = (step) => left + (step - first) / (last - first) * (width - left - RIGHT);
    const y = (value) => HEIGHT - BOTTOM - (value - ys[0]) / (ys[ys.length - 1] - ys[0]) * (HEIGHT - BOTTOM - TOP);
    const whole = niceTicks(first, last, Math.max(2, Math.floor((width - left) / 75))).filter((step) => step <= last && Number.isInteger(step));
    const words = `${chart.title} by step. ${series.map(({ label, line }) => `${label} from ${tell(line.find((v) => v !== null))} to ${tell(line.findLast((v) => v !== null))}`).join("; ")}`;
    const cursor = draw("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
    const shown = draw("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": words, tabindex: 0 },
      ...ys.map((value, place) => draw("g", { class: value === 0 ? "grid zero" : "grid" }, draw("line", { x1: left, x2: width - RIGHT, y1: y(value), y2: y(value) }),
        draw("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, texts[place]))),
      ...whole.map((step) => draw("g", { class: "grid" }, draw("line", { x1: x(step), x2: x(step), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4 }),
        draw("text", { x: x(step), y: HEIGHT - BOTTOM + 16, "text-anchor": anchor(x(step), number.format(step), width) }, number.format(step)))),
      draw("text", { class: "name", x: (left + width - RIGHT) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, "step"),
      ...series.map(({ values }, order) => draw("path", { class: `points s${order}`, d: points(steps, values, x, y) })),
      ...series.map(({ line }, order) => draw("path", { class: `mean s${order}`, d: path(steps, line, x, y) })),
      ...alarmMarks(alarms, x), cursor);
    startPointing({ shown, cursor, tip, steps, series, x, tell, width, alarms });
    return shown;
  }

  /** Where a label stands so that it is not cut off at the right. */
  const anchor = (at, text, width) => (at + widthOf(text) / 2 > width ? "end" : "middle");

  /** From the least to the most; from 0 where that is near, and shares to 1 at most. */
  function rangeOf(values, isShare) {
    let low = Infinity, high = -Infinity;
    for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
    if (low > 0 && low < 0.5 * high) low = 0;
    if (high === low) [low, high] = [Math.min(0, low), high || (isShare ? 0.1 : 1)];
    return [low, high];
  }

  /** Round numbers around a range, about so many. */
  function niceTicks(low, high, count) {
    const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 2.5, 5, 10].find((times) => times * power >= rough * 0.999);
    const from = Math.floor(low / step + 1e-9), to = Math.ceil(high / step - 1e-9);
    return Array.from({ length: to - from + 1 }, (_, place) => Number(((from + place) * step).toPrecision(12)));
  }

  /** A value as short as it can be told with three digits. */
  function tickText(value, isShare) {
    if (value === null || value === undefined) return "–";
    if (isShare) return `${Number((100 * value).toPrecision(3))}%`.replace("-", "−");
    const size = Math.abs(value);
    if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e").replaceAll("-", "−");
    return number.format(Number(value.toPrecision(3))).replace("-", "−");
  }

  /** Dots: lines of no length with round ends, thousands of them one element. */
  const points = (steps, values, x, y) => values.map((value, at) => (value === null ? "" : `M${x(steps[at]).toFixed(1)} ${y(value).toFixed(1)}h0`)).join("");

  /** A line with gaps where there is no number. */
  function path(steps, values, x, y) {
    let isOn = false;
    return values.map((value, at) => {
      const told = value === null ? "" : `${isOn ? "L" : "M"}${x(steps[at]).toFixed(1)} ${y(value).toFixed(1)}`;
      isOn = value !== null;
      return told;
    }).join("");
  }

  /** A dashed line for each alarm, with its number in the list; those too near to each other share one. */
  function alarmMarks(alarms, x) {
    const groups = [];
    alarms.forEach(({ step, name }, order) => {
      const near = groups.find((group) => x(step) - group.at < APART);
      if (near) { near.names.push(name); near.last = order + 1; } else groups.push({ at: x(step), first: order + 1, last: order + 1, names: [name] });
    });
    return groups.map(({ at, first, last, names: told }) => {
      const text = first === last ? `${first}` : `${first}–${last}`, half = 5 + widthOf(text) / 2;
      return draw("g", { class: "alarm" }, draw("title", {}, told.join(", ")),
        draw("line", { x1: at, x2: at, y1: TOP - 4, y2: HEIGHT - BOTTOM }),
        draw("path", { d: `M${at} ${HEIGHT - BOTTOM - 7}l4.5 7h-9z` }),
        draw("rect", { x: at - half, y: 2, width: 2 * half, height: 16, rx: 8 }), draw("text", { x: at, y: 14, "text-anchor": "middle" }, text));
    });
  }

  /** Shows the row that is pointed at, or that the arrow keys lead to. */
  function startPointing({ shown, cursor, tip, steps, series, x, tell, width, alarms }) {
    let at = steps.length - 1;
    const hide = () => { tip.hidden = true; cursor.setAttribute("visibility", "hidden"); };
    const show = () => {
      const here = x(steps[at]);
      cursor.setAttribute("x1", here);
      cursor.setAttribute("x2", here);
      cursor.setAttribute("visibility", "visible");
      const rung = alarms.filter(({ step }) => Math.abs(x(step) - here) < APART / 2).map(({ name, step }) => make("span", { className: "rung" }, `${name}, step ${number.format(step)}`));
      tip.replaceChildren(make("b", {}, `step ${number.format(steps[at])}`), ...series.map(({ label, values, line }, order) =>
        make("span", {}, make("i", { className: `dot s${order}` }), `${label} ${tell(values[at])}`, make("small", {}, ` mean ${tell(line[at])}`))), ...rung);
      tip.hidden = false;
      tip.style.left = `${Math.max(0, Math.min(width - tip.offsetWidth, here - tip.offsetWidth / 2))}px`;
    };
    const point = (event) => {
      const from = event.clientX - shown.getBoundingClientRect().left;
      at = 0;
      steps.forEach((step, place) => { if (Math.abs(x(step) - from) < Math.abs(x(steps[at]) - from)) at = place; });
      show();
    };
    shown.addEventListener("pointermove", point);
    shown.addEventListener("pointerdown", point);
    shown.addEventListener("pointerleave", hide);
    shown.addEventListener("blur", hide);
    shown.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      at = Math.max(0, Math.min(steps.length - 1, at + by));
      show();
    });
  }

  // ---- All of it -------------------------------------------------------------------------------

  const costs = make("section", { className: "training" }, make("h2", {}, "What it took"), wordTable(words.costs), make("p", { className: "soft prose" }, words.counted));
  const settings = make("details", { className: "training" }, make("summary", {}, "Settings of the experiment"),
    wordTable({ columns: ["setting", "value"], rows: words.settings }, "value"));
  const changes = names.length ? [changesSection()] : [];
  return { sections: [...changes, ...Object.entries(experiment.stages).map(stageSection), costs], settings };
};
