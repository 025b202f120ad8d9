"use strict";
// Shows the samples in #data: filters in the address, cards made as they scroll near, masks drawn
// over the pictures. Texts of the samples only ever become text nodes.
(() => {
  const CHUNK = 24; // cards added at a time
  const FACETS = ["family", "split", "task", "kind", "depth", "answer"];
  const byId = (id) => document.getElementById(id);
  const { splits, samples } = JSON.parse(byId("data").textContent);
  const number = new Intl.NumberFormat("en");

  /** An element with properties and children; strings become text. */
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  const plural = (n, noun) => `${number.format(n)} ${noun}${n === 1 ? "" : "s"}`;
  const inOrder = new Intl.Collator("en", { numeric: true }).compare;

  // ---- Filters -------------------------------------------------------------------------------

  const state = { words: "", id: "", ...Object.fromEntries(FACETS.map((name) => [name, ""])) };
  const valueOf = (sample, facet) => String(sample[facet]);
  const values = Object.fromEntries(FACETS.map((facet) => {
    const found = [...new Set(samples.map((sample) => valueOf(sample, facet)))];
    return [facet, ["family", "split"].includes(facet) ? found : found.sort(inOrder)];
  }));
  const texts = samples.map((sample) => [
    sample.id, sample.question, sample.thought, sample.answer, ...sample.options,
    ...sample.objects.flat().map((object) => object.label),
  ].join("\n").toLowerCase());

  /** Whether a sample passes the filters, `except` for one; the address may ask for a single one. */
  function fits(index, words, except) {
    const sample = samples[index];
    if (state.id) return sample.id === state.id;
    return FACETS.every((facet) =>
      facet === except || !state[facet] || valueOf(sample, facet) === state[facet])
      && words.every((word) => texts[index].includes(word));
  }

  /** The indices of the samples that pass, `except` for one filter. */
  function fitting(except) {
    const words = state.words.toLowerCase().split(/\s+/).filter(Boolean);
    return samples.map((_, index) => index).filter((index) => fits(index, words, except));
  }

  function makeFacets() {
    for (const facet of FACETS) {
      if (values[facet].length < 2) continue;
      const select = make("select", { id: facet });
      const title = facet[0].toUpperCase() + facet.slice(1);
      byId("facets").append(make("label", { className: "facet" }, make("span", {}, title), select));
      select.addEventListener("change", () => change({ [facet]: select.value }));
    }
  }

  /** Every choice of a facet with the number of samples that it would leave. */
  function showFacet(facet) {
    const select = byId(facet);
    if (!select) return;
    const counts = new Map();
    for (const index of fitting(facet)) {
      const value = valueOf(samples[index], facet);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const shown = values[facet].filter((value) => counts.has(value) || value === state[facet]);
    select.replaceChildren(
      make("option", { value: "" }, "all"),
      ...shown.map((value) => make("option", { value }, `${value} (${counts.get(value) ?? 0})`)),
    );
    select.value = state[facet];
    select.classList.toggle("chosen", state[facet] !== "");
  }

  // ---- The address ---------------------------------------------------------------------------

  function readAddress() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    for (const facet of FACETS) {
      const value = wanted.get(facet) ?? "";
      state[facet] = values[facet].includes(value) ? value : "";
    }
    state.words = wanted.get("words") ?? "";
    state.id = wanted.get("id") ?? "";
    byId("masks").checked = wanted.has("masks");
    pageTheme.show(wanted.get("theme"));
    byId("words").value = state.words;
  }

  function address(wanted) {
    const chosen = Object.entries(wanted).filter(([, value]) => value !== "");
    return "#" + new URLSearchParams(chosen).toString().replaceAll("%2F", "/");
  }

  /** Shows what other filters let through; a single sample gives way to them. */
  function change(changes) {
    Object.assign(state, { id: "" }, changes);
    writeAddress();
    show();
  }

  function writeAddress() {
    const masks = byId("masks").checked ? { masks: "1" } : {};
    const theme = document.documentElement.dataset.theme ?? "";
    history.replaceState(null, "", address({ ...state, ...masks, theme }));
  }

  // ---- Cards, made as they come near -----------------------------------------------------------

  const main = byId("samples");
  const cards = new Map(); // index of a sample: its card
  let matching = [];
  let made = 0;

  function show() {
    matching = fitting();
    made = 0;
    main.replaceChildren();
    main.classList.toggle("single", state.id !== "");
    FACETS.forEach(showFacet);
    byId("count").textContent = `${number.format(matching.length)} of ${plural(samples.length, "sample")}`;
    byId("none").hidden = matching.length > 0;
    byId("reset").hidden = !["words", "id", ...FACETS].some((name) => state[name]);
    showMore();
  }

  function showMore() {
    const next = matching.slice(made, made + CHUNK);
    made += next.length;
    main.append(...next.map(cardOf));
    // An observer reports changes only: looked at afresh, the end is reported while it is near.
    nearEnd.unobserve(byId("end"));
    if (made < matching.length) nearEnd.observe(byId("end"));
  }

  function cardOf(index) {
    if (!cards.has(index)) cards.set(index, makeCard(samples[index]));
    const card = cards.get(index);
    near.observe(card);
    return card;
  }

  function makeCard(sample) {
    const overlays = sample.pictures.map((picture, place) =>
      new Overlay(picture, sample.objects[place] ?? [], pictureName(sample, place)));
    const card = make("article", { className: "card" },
      make("div", { className: "pictures" }, ...overlays.map((overlay) => overlay.figure)),
      make("div", { className: "body" }, ...bodyOf(sample, overlays)));
    card.overlays = overlays;
    card.dataset.id = sample.id;
    return card;
  }

  function pictureName(sample, place) {
    const many = sample.pictures.length > 1 ? ` ${place + 1}` : "";
    return `Picture${many} of ${sample.id}`;
  }

  // A question of several lines is read, not glanced at.
  const isLong = (text) => text.length > 300;

  function bodyOf(sample, overlays) {
    const thought = make("details", { className: "thought", open: byId("thoughts").checked },
      make("summary", {}, "Thought"), make("p", {}, sample.thought));
    return [
      metaOf(sample),
      make("h3", { className: isLong(sample.question) ? "question long" : "question" }, sample.question),
      ...(sample.options.length ? [optionsOf(sample)] : []),
      make("div", { className: "answer" }, make("span", {}, "Answer"), make("b", {}, sample.answer),
        ...(overlays.some((overlay) => overlay.masked) ? [makeMasksButton()] : [])),
      ...(sample.thought ? [thought] : []),
      ...overlays.flatMap((overlay, place) => {
        const where = overlays.length > 1 ? ` in picture ${place + 1}` : "";
        return overlay.objects.length ? [objectsOf(overlay, where)] : [];
      }),
    ];
  }

  function metaOf(sample) {
    return make("div", { className: "meta" },
      make("a", { href: address({ id: sample.id }), title: "Link to this sample" }, sample.id),
      make("span", { className: "tag" }, sample.split),
      make("span", { className: "tag" }, sample.kind),
      make("span", {}, `depth ${sample.depth}`));
  }

  function makeMasksButton() {
    const button = make("button", { type: "button", className: "own-masks" }, "Masks");
    button.addEventListener("click", () => {
      const card = button.closest(".card");
      card.masks = !(card.masks ?? byId("masks").checked);
      drawMasks(card);
    });
    return button;
  }

  function optionsOf(sample) {
    return make("ol", { className: "options" }, ...sample.options.map((option, place) => {
      const letter = String.fromCharCode(65 + place);
      const gold = sample.answer === letter || sample.answer === option;
      return make("li", { className: gold ? "gold" : "" }, `${letter}. ${option}`);
    }));
  }

  /** The table of a picture's objects, made when it is opened. */
  function objectsOf(overlay, where) {
    const details = make("details", { className: "objects" },
      make("summary", {}, plural(overlay.objects.length, "object") + where));
    details.addEventListener("toggle", () => {
      if (details.children.length === 1) details.append(tableOf(overlay));
    });
    return details;
  }

  function tableOf(overlay) {
    const names = [...new Set(overlay.objects.flatMap((object) => Object.keys(object.facts)))];
    const head = make("tr", {}, make("th", {}, ""), ...names.map((name) => make("th", {}, name)));
    const rows = overlay.objects.map((object, place) => {
      const swatch = make("span", { className: "swatch" }, String(place + 1));
      if (object.mask) swatch.style.background = hue(place).text;
      const row = make("tr", {}, make("td", {}, swatch),
        ...names.map((name) => make("td", {}, object.facts[name] ?? "")));
      row.addEventListener("pointerenter", () => overlay.point(place + 1));
      row.addEventListener("pointerleave", () => overlay.point(0));
      return row;
    });
    return make("div", { className: "scroll" },
      make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
  }

  // ---- Masks -----------------------------------------------------------------------------------

  /** Colours as far from each other as they come, for any number of objects. */
  function hue(place) {
    const turn = (place * 137.508 + 210) % 360; // the golden angle
    const [saturation, light] = [0.75, place % 2 ? 0.5 : 0.4];
    const channel = (n) => {
      const k = (n + turn / 30) % 12;
      const spread = saturation * Math.min(light, 1 - light);
      return Math.round(255 * (light - spread * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
    };
    const rgb = [channel(0), channel(8), channel(4)];
    return { rgb, text: `rgb(${rgb.join(" ")})` };
  }

  /** The runs of a compressed COCO mask: five bits a character, from the fourth run on as differences. */
  function runsOf(counts) {
    const runs = [];
    for (let at = 0; at < counts.length;) {
      let [value, shift, group] = [0, 0, 0];
      do {
        group = counts.charCodeAt(at++) - 48;
        value |= (group & 31) << shift;
        shift += 5;
      } while (group & 32);
      if (group & 16) value |= -1 << shift;
      runs.push(runs.length > 2 ? value + runs.at(-2) : value);
    }
    return runs;
  }

  /** Calls `mark` with the row-major place of every pixel that is set. */
  function eachPixel(counts, width, height, mark) {
    let at = 0; // down the columns
    runsOf(counts).forEach((run, place) => {
      const end = at + run;
      for (; place % 2 && at < end; at++) mark((at % height) * width + Math.floor(at / height));
      at = end;
    });
  }

  /** A picture with the masks of its objects over it. */
  class Overlay {
    constructor(picture, objects, name) {
      Object.assign(this, picture, { objects, on: false, pointed: 0, owners: null });
      this.masked = objects.some((object) => object.mask);
      const image = make("img", {
        loading: "lazy", decoding: "async", alt: name,
        width: this.width, height: this.height, src: this.source,
      });
      this.canvas = make("canvas", { hidden: true, width: 0, height: 0 });
      this.tip = make("div", { className: "tip", hidden: true });
      this.figure = make("figure", { className: "picture" }, image);
      if (!this.masked) return;
      this.figure.append(this.canvas, this.tip);
      this.figure.addEventListener("pointermove", (event) => this.pointAt(event));
      this.figure.addEventListener("pointerleave", () => this.point(0));
    }

    /** Whose pixel it is: 0 is nobody's, 1 the first object's. */
    ownersOf() {
      if (this.owners) return this.owners;
      this.owners = new Uint16Array(this.width * this.height);
      this.objects.forEach(({ mask }, place) => {
        if (mask) eachPixel(mask, this.width, this.height, (at) => { this.owners[at] = place + 1; });
      });
      return this.owners;
    }

    pointAt(event) {
      if (!this.on) return;
      const box = this.figure.getBoundingClientRect();
      const [right, down] = [event.clientX - box.left, event.clientY - box.top];
      const x = Math.min(this.width - 1, Math.max(0, Math.floor((right / box.width) * this.width)));
      const y = Math.min(this.height - 1, Math.max(0, Math.floor((down / box.height) * this.height)));
      this.point(this.ownersOf()[y * this.width + x]);
      if (!this.pointed) return;
      this.tip.hidden = false;
      this.tip.textContent = `${this.pointed} · ${this.objects[this.pointed - 1].label}`;
      const most = box.width - this.tip.offsetWidth;
      this.tip.style.left = `${Math.max(0, Math.min(most, right + 10))}px`;
      this.tip.style.top = down > 40 ? `${down - 32}px` : `${down + 18}px`;
    }

    point(owner) {
      if (!owner) this.tip.hidden = true;
      if (owner === this.pointed || !this.masked) return;
      this.pointed = owner;
      this.draw();
    }

    draw() {
      const shown = this.masked && (this.on || this.pointed > 0);
      this.canvas.hidden = !shown;
      if (!shown) {
        this.canvas.width = this.canvas.height = 0; // gives its memory back
        return;
      }
      const scale = Math.max(1, Math.round(640 / this.width)); // for numbers to be sharp
      this.canvas.width = this.width * scale;
      this.canvas.height = this.height * scale;
      const context = this.canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.drawImage(this.layer(), 0, 0, this.canvas.width, this.canvas.height);
      if (this.on) this.writeNumbers(context, scale);
    }

    layer() {
      const { width, height } = this;
      const owners = this.ownersOf();
      const image = new ImageData(width, height);
      const colors = this.objects.map((_, place) => hue(place).rgb);
      const other = (x, y, owner) =>
        x < 0 || y < 0 || x >= width || y >= height || owners[y * width + x] !== owner;
      owners.forEach((owner, at) => {
        if (!owner || (!this.on && owner !== this.pointed)) return;
        const [x, y] = [at % width, Math.floor(at / width)];
        const edge = other(x - 1, y, owner) || other(x + 1, y, owner)
          || other(x, y - 1, owner) || other(x, y + 1, owner);
        const fill = this.pointed === owner ? 190 : this.pointed ? 60 : 120;
        image.data.set([...colors[owner - 1], edge ? 255 : fill], 4 * at);
      });
      const layer = make("canvas", { width, height });
      layer.getContext("2d").putImageData(image, 0, 0);
      return layer;
    }

    /** Each object's number, at the pixel of its own that is nearest its middle. */
    writeNumbers(context, scale) {
      const pixels = this.objects.map(() => []);
      this.ownersOf().forEach((owner, at) => { if (owner) pixels[owner - 1].push(at); });
      const size = Math.max(11, Math.round(this.height * scale / 24));
      Object.assign(context, {
        font: `600 ${size}px system-ui, sans-serif`, textAlign: "center", textBaseline: "middle",
        lineWidth: size / 4, lineJoin: "round", strokeStyle: "#000c", fillStyle: "#fff",
      });
      pixels.forEach((own, place) => {
        if (!own.length) return;
        const [x, y] = this.middle(own);
        context.strokeText(place + 1, (x + 0.5) * scale, (y + 0.5) * scale);
        context.fillText(place + 1, (x + 0.5) * scale, (y + 0.5) * scale);
      });
    }

    middle(own) {
      const places = own.map((at) => [at % this.width, Math.floor(at / this.width)]);
      const mean = (axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length;
      const [x, y] = [mean(0), mean(1)];
      const distance = (place) => (place[0] - x) ** 2 + (place[1] - y) ** 2;
      return places.reduce((best, place) => (distance(place) < distance(best) ? place : best));
    }
  }

  /** Draws a card's masks as they are wanted: by its own button, or else by the switch for all. */
  function drawMasks(card) {
    const on = card.masks ?? byId("masks").checked;
    for (const overlay of card.overlays) {
      overlay.on = on && overlay.masked;
      overlay.draw();
    }
    card.querySelector(".own-masks")?.setAttribute("aria-pressed", String(on));
  }

  function eraseMasks(card) {
    for (const overlay of card.overlays) overlay.canvas.width = overlay.canvas.height = 0;
  }

  // Masks are drawn on cards that are near the window only: a canvas takes a megabyte.
  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) (isIntersecting ? drawMasks : eraseMasks)(target);
  }, { rootMargin: "400px" });

  const nearEnd = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) showMore();
  }, { rootMargin: "1200px" });

  // ---- What is in each split -------------------------------------------------------------------

  const share = (n, of) => `${(100 * n / of).toFixed(1)} %`;

  function summaryOf({ family, split, rows, shown, kinds }) {
    const heads = ["Kind", "n", "Share", "Depth", "Best constant answer", "Answers"];
    const head = make("tr", {}, ...heads.map((name, place) =>
      make("th", { className: [1, 2, 3].includes(place) ? "number" : "" }, name)));
    const cell = (text) => make("td", { className: "number" }, text);
    const lines = kinds.map(({ kind, n, depth, distinct, answers, best }) => make("tr", {},
      make("td", {}, make("a", { href: address({ family: onlyIfMany("family", family), split, kind }) }, kind)),
      cell(number.format(n)), cell(share(n, rows)),
      cell(depth[0] === depth[1] ? String(depth[0]) : `${depth[0]}–${depth[1]}`),
      make("td", { className: "wide" }, `${best[0]} (${share(best[1], n)})`),
      make("td", { className: "wide" }, answersOf(answers, distinct))));
    return [
      make("h2", {}, values.family.length > 1 ? `${family} · ${split}` : split,
        make("small", {}, `${plural(rows, "sample")}, ${number.format(shown)} on this page`)),
      make("div", { className: "scroll" },
        make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines))),
    ];
  }

  const onlyIfMany = (facet, value) => (values[facet].length > 1 ? value : "");

  /** Bars where every answer has room for one, else the most frequent answers in words. */
  function answersOf(answers, distinct) {
    const words = answers.map(([answer, n]) => `${answer}: ${number.format(n)}`);
    if (distinct > answers.length) words.push(`${number.format(distinct - answers.length)} others`);
    if (distinct > 24 || answers.some(([answer]) => answer.length > 3)) return words.join(", ");
    const most = Math.max(...answers.map(([, n]) => n));
    const bars = answers.map(([answer, n], place) => {
      const bar = make("i");
      bar.style.height = `${Math.round(30 * n / most)}px`;
      return make("span", { title: words[place] }, bar, answer);
    });
    const all = make("div", { className: "bars" }, ...bars);
    all.setAttribute("role", "img");
    all.setAttribute("aria-label", words.join(", "));
    return all;
  }

  function showOverview() {
    const rows = splits.reduce((sum, split) => sum + split.rows, 0);
    byId("overview").textContent = [
      `${number.format(samples.length)} of ${plural(rows, "sample")}`,
      values.family.join(", "),
      plural(values.split.length, "split"),
    ].join(" · ");
    byId("tables").append(...splits.flatMap(summaryOf));
  }

  // ---- Start -----------------------------------------------------------------------------------

  function followAddress() {
    readAddress();
    show();
  }

  function start() {
    makeFacets();
    showOverview();
    pageTheme.start(writeAddress);
    addEventListener("keydown", (event) => {
      const writing = event.target.matches("input:not([type=checkbox]), select");
      if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      byId("words").focus();
    });
    byId("masks-switch").hidden = !samples.some((sample) =>
      sample.objects.flat().some((object) => object.mask));
    byId("words").addEventListener("input", () => change({ words: byId("words").value }));
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("reset").addEventListener("click", () => {
      byId("words").value = "";
      change({ words: "", ...Object.fromEntries(FACETS.map((facet) => [facet, ""])) });
    });
    byId("masks").addEventListener("change", () => {
      writeAddress();
      for (const card of cards.values()) {
        delete card.masks;
        near.unobserve(card); // looked at afresh, it is drawn if it is near
        if (card.isConnected) near.observe(card);
      }
    });
    byId("thoughts").addEventListener("change", () => {
      for (const card of cards.values()) {
        card.querySelectorAll(".thought").forEach((thought) => { thought.open = byId("thoughts").checked; });
      }
    });
    addEventListener("hashchange", () => {
      if (location.hash !== "#samples") followAddress(); // the link that skips the filters keeps them
    });
    followAddress();
  }

  start();
})();
