"use strict";
// Light or dark, for every page: a button with the id `theme` shows the other.
const pageTheme = (() => {
  const NAMES = ["light", "dark"];
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
  const button = () => document.getElementById("theme");

  /** The theme that is not shown; without a choice of the reader's, the system's is shown. */
  function other() {
    const shown = document.documentElement.dataset.theme ?? NAMES[Number(systemIsDark.matches)];
    return NAMES.find((name) => name !== shown);
  }

  function nameButton() {
    button().textContent = other()[0].toUpperCase() + other().slice(1);
    button().title = `Show the page in ${other()} colours`;
  }

  /** Shows a theme, if it is one. */
  function show(name) {
    if (!NAMES.includes(name)) return;
    document.documentElement.dataset.theme = name;
    nameButton();
  }

  /** Starts the button; `changed` hears of every press. */
  function start(changed = () => {}) {
    nameButton();
    systemIsDark.addEventListener("change", nameButton);
    button().addEventListener("click", () => { show(other()); changed(); });
  }

  return { show, start };
})();
