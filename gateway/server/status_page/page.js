"use strict";
// Everything that is shown was told by CLIs: it goes into the page as text, never as markup.

const UNKNOWN = "–";
let seen = null;      // the last overview
let skew = 0;         // seconds by which this clock is ahead of the gateway's

const at = (id) => document.getElementById(id);

function make(tag, text = "", name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

function shortly(number) {
  if (number === null || number === undefined) return UNKNOWN;
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (number >= size) return (number / size).toFixed(1) + unit;
  return String(number);
}

function money(usd) {
  if (usd === null || usd === undefined) return UNKNOWN;
  if (usd > 0 && usd < 0.0001) return "< $0.0001";
  return "$" + usd.toFixed(usd > 0 && usd < 0.1 ? 4 : 2);
}

const share = (part, whole) => (part === null || !whole ? UNKNOWN : Math.round((100 * part) / whole) + " %");

function lasting(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return parts[0] ? `${parts[0]}:${two(parts[1])}:${two(parts[2])}` : `${parts[1]}:${two(parts[2])}`;
}

const took = (ms) => (ms === null ? UNKNOWN : ms < 60000 ? (ms / 1000).toFixed(1) + " s" : lasting(ms / 1000));

function moment(seconds) {
  const time = new Date(seconds * 1000);
  const same = time.toDateString() === new Date().toDateString();
  return same ? time.toLocaleTimeString() : time.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

// A sum of what is known: null as long as nothing is.
const sum = (rows, pick) =>
  rows.map(pick).reduce((total, value) => (value === null ? total : (total ?? 0) + value), null);

const tokensOf = (row) => sum([row.inputTokens, row.outputTokens], (value) => value);

function hue(provider) {
  const names = [...new Set([...seen.days, ...seen.running, ...seen.recent, ...seen.sessions].map((each) => each.provider))].sort();
  return "p" + (names.indexOf(provider) % 8);
}

const named = (provider) => make("span", provider, "name " + hue(provider));

function table(columns, rows, nothing) {
  if (!rows.length) return make("p", nothing, "empty");
  const whole = make("table");
  const head = whole.createTHead().insertRow();
  for (const [label, , kind] of columns) {
    const cell = make("th", label, kind || "");
    cell.scope = "col";
    head.append(cell);
  }
  const body = whole.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const [label, show, kind] of columns) {
      const cell = make("td", "", kind || "");
      cell.dataset.label = label;
      cell.append(show(row));
      line.append(cell);
    }
  }
  return whole;
}

function tile(label, value, more) {
  const box = make("div", "", "tile");
  box.append(make("span", label), make("b", value), make("i", more));
  return box;
}

const also = (unknown) => (unknown ? `, ${unknown} not told` : "");

function showTiles() {
  const today = seen.days.filter((day) => day.day === seen.today);
  const count = (pick) => sum(today, pick) ?? 0;
  const read = sum(seen.days, (day) => day.cacheReadTokens);
  at("tiles").replaceChildren(
    tile("running", String(seen.running.length), "now"),
    tile("requests", String(count((day) => day.requests)), `today, ${count((day) => day.failed)} failed`),
    tile("tokens", shortly(sum(today, tokensOf) ?? 0), "today" + also(count((day) => day.tokensUnknown))),
    tile("cost", money(sum(today, (day) => day.costUsd) ?? 0), "today" + also(count((day) => day.costUnknown))),
    tile("from cache", share(read, sum(seen.days, (day) => day.inputTokens)), "of input tokens, 14 days"),
  );
}

const WORDS = { queued: "waiting", asking: "asking" };

function job(each) {
  const box = make("article", "", "job");
  const head = make("div");
  head.append(named(each.provider), " " + (each.model ?? each.tool));
  const since = make("time", "");
  since.dataset.since = each.startedAt ?? each.createdAt;
  since.dataset.word = WORDS[each.status] ?? "";
  box.append(head, since);
  if (each.note) box.append(make("div", each.note, "note"));
  const where = make("div", "", "where");
  where.append(each.directory + " · ", make("code", each.id.slice(0, 8)), ` · ${shortly(each.printed)} bytes printed`);
  if (seen.everybody) where.append(` · for ${each.principal}`);
  box.append(where);
  return box;
}

function showRunning() {
  const jobs = seen.running.map(job);
  at("running").replaceChildren(...(jobs.length ? jobs : [make("p", "Nothing runs.", "empty")]));
  tick();
}

function tick() {
  for (const each of document.querySelectorAll("time[data-since]"))
    each.textContent = `${each.dataset.word} ${lasting(Date.now() / 1000 - skew - each.dataset.since)}`.trim();
}

function showRecent() {
  const ending = (row) => make("span", row.ending.replaceAll("_", " "), row.ending === "ok" ? "ok" : "failed");
  const columns = [
    ["", (row) => named(row.provider)],
    ["ended as", ending],
    ["model", (row) => row.model ?? UNKNOWN],
    ["begun", (row) => moment(row.startedAt)],
    ["took", (row) => took(row.durationMs), "number"],
    ["tokens", (row) => (row.deduped ? "shared" : shortly(tokensOf(row))), "number"],
    ["cost", (row) => (row.deduped ? "shared" : money(row.costUsd)), "number"],
    ["job", (row) => make("code", row.jobId.slice(0, 8))],
  ];
  if (seen.everybody) columns.push(["for", (row) => row.principal]);
  at("recent").replaceChildren(table(columns, seen.recent, "No request has ended yet."));
}

// The last days up to today, those without a request included.
function lastDays(count) {
  const [year, month, day] = seen.today.split("-").map(Number);
  const back = (days) => new Date(Date.UTC(year, month - 1, day - days)).toISOString().slice(0, 10);
  return Array.from({ length: count }, (_, index) => back(count - 1 - index));
}

function showChart() {
  const days = lastDays(14).map((day) => [day, seen.days.filter((row) => row.day === day)]);
  const most = Math.max(1, ...days.map(([, rows]) => sum(rows, tokensOf) ?? 0));
  at("chart").replaceChildren(
    ...days.map(([day, rows]) => {
      const column = make("div", "", rows.length ? "day" : "day none");
      column.title = `${day}: ${shortly(sum(rows, tokensOf))} tokens, ${money(sum(rows, (row) => row.costUsd))}`;
      for (const row of rows) {
        const bar = make("div", "", "bar " + hue(row.provider));
        bar.style.height = (100 * (tokensOf(row) ?? 0)) / most + "%";
        column.append(bar);
      }
      return column;
    }),
  );
}

const SUMS = [
  ["requests", (row) => String(row.requests), "number"],
  ["failed", (row) => String(row.failed), "number"],
  ["input", (row) => shortly(row.inputTokens), "number"],
  ["output", (row) => shortly(row.outputTokens), "number"],
  ["from cache", (row) => share(row.cacheReadTokens, row.inputTokens), "number"],
  ["cost", (row) => money(row.costUsd) + (row.costUnknown ? ` + ${row.costUnknown}?` : ""), "number"],
];

function showDays() {
  const providers = [...new Set(seen.days.map((day) => day.provider))].sort();
  showChart();
  at("legend").replaceChildren(...providers.map((name) => { const item = make("li"); item.append(named(name)); return item; }));
  const totals = providers.map((provider) => {
    const rows = seen.days.filter((day) => day.provider === provider);
    const total = (field) => sum(rows, (row) => row[field]);
    const fields = ["requests", "failed", "inputTokens", "outputTokens", "cacheReadTokens", "costUsd", "costUnknown"];
    return { provider, ...Object.fromEntries(fields.map((field) => [field, total(field)])) };
  });
  at("providers").replaceChildren(table([["", (row) => named(row.provider)], ...SUMS], totals, "No request in 14 days."));
  const days = [["", (row) => row.day], ["provider", (row) => named(row.provider)], ...SUMS];
  at("days").replaceChildren(...(seen.days.length ? [table(days, seen.days.toReversed(), "")] : []));
}

function showSessions() {
  const columns = [
    ["", (row) => named(row.provider)],
    ["conversation", (row) => make("code", row.id)],
    ["about", (row) => row.description ?? UNKNOWN],
    ["model", (row) => row.model ?? UNKNOWN],
    ["used", (row) => moment(row.usedAt)],
    ["in", (row) => row.directory || UNKNOWN],
  ];
  at("sessions").replaceChildren(table(columns, seen.sessions, "No conversation is known."));
}

function show(overview) {
  seen = overview;
  skew = Date.now() / 1000 - overview.now;
  at("version").textContent = overview.version;
  at("scope").textContent = overview.everybody
    ? "Everybody's requests are shown."
    : 'Your own requests are shown. With status_page = "all" under [http], everybody\'s would be.';
  showTiles();
  showRunning();
  showDays();
  showRecent();
  showSessions();
}

function connect() {
  const source = new EventSource(new URL("/status/events", location.origin));
  const say = (text, name) => { at("connection").textContent = text; at("connection").className = name; };
  source.onopen = () => say("live", "live");
  source.onmessage = (event) => show(JSON.parse(event.data));
  source.onerror = () => {
    say("not connected: what you see may be old", "lost");
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 5000);
  };
}

setInterval(tick, 1000);
connect();
