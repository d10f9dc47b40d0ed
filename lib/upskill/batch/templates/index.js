// The search of the index: rows from the element "data", shown as text, never as HTML; the state is in the address.
"use strict";
(() => {
const at = id => document.getElementById(id), STEP = 100;
const box = at("by-words"), changed = at("by-change") || document.createElement("input"), hits = at("hits"), more = at("more"), slash = at("slash");
const NAMES = ["words", "program", "report", "team", "status"];
const fields = NAMES.map(name => [name, at("by-" + name)]).filter(([, field]) => field);
const RIGHT_TO_LEFT = /([\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+(?:[\s'’._-]+[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]+)*)/;
const plain = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
let rows, found = [], shown = 0;

function load() {
  const data = JSON.parse(at("data").textContent);
  rows = data.rows.map(([place, slug, who, state, said, number, kind, sign, change, flags]) => {
    const [program, programName, report, title, about] = data.reports[place], [status, symbol, word, bad] = data.states[state];
    return {program, report, title, who, status, said, number, kind, sign, change, symbol, word, bad,
      team: flags & 8 ? "" : who, moved: flags & 1, old: flags & 2,
      page: flags & 4 ? "" : [program, report, slug, "report.html"].map(encodeURIComponent).join("/"),
      all: plain([title, who, word, said, number, programName, about].join(" "))};
  });
}

function asked() {
  const now = Object.fromEntries(fields.map(([name, field]) => [name, field.value]).filter(([, value]) => value.trim()));
  return changed.checked ? {...now, changed: "1"} : now;
}

function search() {
  const now = asked(), isIdle = !Object.keys(now).length, words = plain(now.words || "").split(" ");
  at("all").hidden = !isIdle;
  at("found").hidden = at("clear").hidden = isIdle;
  if (!rows && !isIdle) load();
  found = isIdle ? [] : rows.filter(row => (!now.changed || row.moved) && words.every(word => row.all.includes(word))
    && ["program", "report", "team", "status"].every(name => !now[name] || row[name] === now[name]));
  hits.replaceChildren();
  shown = 0;
  show();
  at("count").textContent = isIdle ? "" : `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} reports`;
  return now;
}

function put(place, text) {
  text.split(RIGHT_TO_LEFT).forEach((part, number) => {
    if (number % 2) place.append(Object.assign(document.createElement("bdi"), {textContent: part}));
    else place.append(part);
  });
}

function show() {
  const part = found.slice(shown, shown + STEP);
  hits.append(...part.map(item));
  shown += part.length;
  more.hidden = shown >= found.length;
  more.textContent = `Show ${Math.min(STEP, found.length - shown)} more`;
}

function item(row) {
  const copy = at("hit").content.firstElementChild.cloneNode(true), find = name => copy.querySelector(name);
  const link = find("a"), state = find(".state"), change = find(".change");
  put(link, `${row.title} – ${row.who}`);
  if (row.page) link.href = row.page; else link.removeAttribute("href");
  state.className = "state " + (row.bad ? "bad" : row.status);
  state.textContent = `${row.symbol} ${row.word}${row.old ? ", from earlier data" : ""}`;
  put(find(".said"), row.said);
  put(find(".number"), row.number);
  if (row.change) {
    change.className = "change " + row.kind;
    put(change, row.sign + (/\w$/.test(row.sign) ? ": " : " ") + row.change);
  }
  if (!row.number) find(".small").remove();
  return copy;
}

function remember(now) {
  const params = new URLSearchParams(now);
  if (!slash.checked) params.set("keys", "0");
  history.replaceState(null, "", location.href.split("#")[0] + (params.size ? "#" + params : ""));
}

function recall() {
  const params = new URLSearchParams(location.hash.slice(1));
  if (location.hash && !location.hash.includes("=")) return;
  for (const [name, field] of fields) {
    const value = params.get(name) || "";
    if (field.options && ![...field.options].some(option => option.value === value)) field.add(new Option(value, value));
    field.value = value;
  }
  changed.checked = params.get("changed") === "1";
  slash.checked = params.get("keys") !== "0";
  search();
  if (at("all").hidden && at("all").contains(document.activeElement)) box.focus();
}

function clear() {
  for (const [, field] of fields) field.value = "";
  changed.checked = false;
  remember(search());
  box.focus();
}

function move(event) {
  const links = [...hits.querySelectorAll("a[href]")], place = links.indexOf(document.activeElement);
  const to = {ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: links.length - 1}[event.key];
  if (to === undefined || !links.length) return;
  event.preventDefault();
  if (to < 0) box.focus(); else (links[to] || more).focus();
}

for (const [, field] of fields) field.addEventListener("input", () => remember(search()));
changed.addEventListener("input", () => remember(search()));
slash.addEventListener("input", () => remember(asked()));
at("clear").addEventListener("click", clear);
more.addEventListener("click", () => {
  const first = shown;
  show();
  hits.children[first]?.querySelector("a")?.focus();
});
hits.addEventListener("keydown", move);
box.addEventListener("keydown", event => {
  if (event.key === "ArrowDown" || event.key === "Enter") {
    event.preventDefault();
    hits.querySelector("a[href]")?.focus();
  }
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && !event.target.closest("select")) clear();
  const isTyping = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (event.key === "/" && slash.checked && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});
addEventListener("hashchange", recall);
at("find").hidden = false;
if (at("show-changed")) at("show-changed").hidden = false;
recall();
})();
