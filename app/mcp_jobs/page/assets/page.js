"use strict";

const EVERY = 2000; // milliseconds between two looks
const DEADLINE = 8000; // milliseconds for an answer
const FEW = 10; // failures that are shown at first

const at = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en-GB", {timeStyle: "medium"});
const minutes = new Intl.DateTimeFormat("en-GB", {timeStyle: "short"});
const day = new Intl.DateTimeFormat("en-GB", {dateStyle: "medium", timeStyle: "short"});

let shown = {}; // the JSON of each part as it is on the page
let answered = null; // when the last answer came
let all = false; // whether every failure is shown
let picture = null;

/** An element with a class and children. Texts of messages become text nodes: never markup. */
function make(name, kind, ...children) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  made.append(...children.filter((child) => child !== null));
  return made;
}

function draw(name, attributes, parent) {
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) drawn.setAttribute(key, value);
  parent.append(drawn);
  return drawn;
}

function known(value, show = number.format) {
  return value === null ? "–" : show(value);
}

function age(seconds) {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

function sum(values) {
  const found = values.filter((value) => value !== null);
  return found.length ? found.reduce((a, b) => a + b, 0) : null;
}

function unclaimed(workload) {
  return workload.lag === null ? null : sum([0, ...Object.values(workload.lag)]);
}

function tile(name, value, more, kind) {
  return make("div", "", make("dt", "", name), make("dd", kind, value), make("dd", "", more));
}

function showTiles({workloads, caps, outcomes}) {
  const oldest = Math.max(0, ...workloads.map((workload) => workload.oldest ?? 0));
  const waiting = sum(workloads.map(unclaimed));
  const whole = caps.find((cap) => cap.name === "all");
  const [good, bad] = [sum(outcomes.succeeded), sum(outcomes.failed)];
  const orphans = sum(workloads.map((workload) => workload.orphans));
  at("tiles").replaceChildren(
    tile("Unclaimed", known(waiting),
      oldest ? `oldest: ${age(oldest)}` : waiting ? "they wait for a Job" : "none waits"),
    tile("In work", known(sum(workloads.map((w) => w.claimed))),
      orphans ? `${orphans} left by dead Jobs` : "messages that Jobs hold"),
    tile("Active Jobs", known(sum(workloads.map((w) => w.running))),
      whole ? `of ${number.format(whole.cap)} at most` : "no cap on all of them"),
    tile("Failed in 2 hours", number.format(bad), `${number.format(good)} succeeded`, bad ? "bad" : ""),
  );
}

function tell(outcomes, n) {
  const keys = ["succeeded", "failed", "other"].filter((kind) => kind !== "other" || sum(outcomes.other));
  const counts = keys.map((kind) => {
    const count = n === null ? sum(outcomes[kind]) : outcomes[kind][n];
    return make("span", `key ${kind}`, `${number.format(count)} ${kind === "other" ? "cancelled or duplicate" : kind}`);
  });
  const when = n === null ? "2 hours" : minutes.format((outcomes.firstMinute + n) * 60000);
  at("reading").replaceChildren(make("span", "dim", `${when}:`), ...counts);
}

function showBars({outcomes}) {
  const svg = at("bars");
  const count = outcomes.succeeded.length;
  const totals = outcomes.succeeded.map((_, n) => outcomes.succeeded[n] + outcomes.failed[n] + outcomes.other[n]);
  const most = Math.max(1, ...totals);
  svg.replaceChildren();
  svg.setAttribute("aria-label", `${sum(outcomes.succeeded)} succeeded and ${sum(outcomes.failed)} failed in 2 hours`);
  const blank = Math.min(count, Math.max(0, outcomes.since / 60000 - outcomes.firstMinute));
  if (blank) draw("rect", {class: "unknown", x: 0, y: 0, width: blank, height: 100}, svg);
  totals.forEach((_, n) => {
    let top = 100;
    for (const kind of ["succeeded", "other", "failed"]) {
      const height = Math.max(2, outcomes[kind][n] / most * 100); // one of a thousand is seen, too
      if (outcomes[kind][n]) draw("rect", {class: kind, x: n + .1, y: top -= height, width: .8, height}, svg);
    }
    const column = draw("rect", {class: "minute", x: n, y: 0, width: 1, height: 100}, svg);
    column.addEventListener("pointerenter", () => tell(outcomes, n));
  });
  svg.onpointerleave = () => tell(outcomes, null);
  at("scale").textContent = `at most ${number.format(most)}`;
  const [start, middle, end] = at("hours").children;
  start.textContent = minutes.format(outcomes.firstMinute * 60000);
  const half = minutes.format((outcomes.firstMinute + count / 2) * 60000);
  middle.textContent = blank > count / 4 ? `counted since ${minutes.format(outcomes.since)}` : half;
  end.textContent = "now";
  tell(outcomes, null);
}

function showWorkloads({workloads}) {
  at("workloads").replaceChildren(...workloads.map((workload) => {
    const lagging = Object.entries(workload.lag ?? {}).filter(([, lag]) => lag);
    const left = workload.orphans ? make("small", "bad", `${workload.orphans} left by dead Jobs`) : null;
    const row = make("tr", "",
      make("td", "", workload.name, left),
      make("td", "", known(unclaimed(workload))),
      make("td", "", workload.oldest ? age(workload.oldest) : "–"),
      make("td", "", known(workload.claimed)),
      make("td", "", known(workload.running)));
    if (lagging.length > 1) row.title = lagging.map(([partition, lag]) => `partition ${partition}: ${number.format(lag)}`).join(", ");
    return row;
  }));
}

function showCaps({caps}) {
  const rows = caps.map(({name, used, cap}) => {
    const fill = make("div", used !== null && used >= cap ? "fill full" : "fill");
    fill.style.width = `${cap ? Math.min(100, (used ?? 0) / cap * 100) : 100}%`;
    const title = name === "all" ? "all Jobs" : name;
    const count = `${known(used)} of ${number.format(cap)}`;
    return make("div", "cap", make("span", "", title), make("span", "", count), make("div", "track", fill));
  });
  at("caps").replaceChildren(...(rows.length ? rows : [make("p", "dim", "None is set.")]));
}

function about({workload, tenant, attempt, job}) {
  const words = [`workload ${workload}`, tenant && `tenant ${tenant}`, `attempt ${attempt}`, job && `Job ${job}`];
  return words.filter(Boolean).join(" · ");
}

function showFailures({failures, outcomes}) {
  const few = all ? failures : failures.slice(0, FEW);
  const items = few.map((failure) => {
    const time = make("time", "", (Date.now() - failure.time < 43200000 ? clock : day).format(failure.time));
    time.dateTime = new Date(failure.time).toISOString();
    return make("li", "",
      make("p", "", make("strong", "", failure.jobId), make("span", "kind", failure.class), time),
      make("p", "", failure.reason),
      make("p", "about", about(failure)));
  });
  const since = Math.max(outcomes.since, outcomes.firstMinute * 60000);
  const none = make("li", "dim", `None since ${minutes.format(since)}.`);
  at("failures").replaceChildren(...(items.length ? items : [none]));
  at("more").hidden = few.length === failures.length;
  at("more").textContent = `Show ${failures.length - few.length} more`;
}

function showProblems({problems}) {
  at("problems").replaceChildren(...problems.map((problem) => make("li", "", problem)));
}

const PARTS = [
  [showProblems, ["problems"]],
  [showTiles, ["workloads", "caps", "outcomes"]],
  [showBars, ["outcomes"]],
  [showWorkloads, ["workloads"]],
  [showCaps, ["caps"]],
  [showFailures, ["failures"]],
];

/** Draw anew what has changed, and nothing else: what somebody has selected stays selected. */
function show() {
  at("where").textContent = picture.where;
  for (const [part, keys] of PARTS) {
    const json = JSON.stringify(keys.map((key) => picture[key]));
    if (shown[part.name] === json) continue;
    part(picture);
    shown[part.name] = json;
  }
  at("picture").hidden = false;
}

function say(kind, text) {
  at("live").className = kind;
  at("live").textContent = text;
  at("picture").classList.toggle("stale", kind === "off");
}

async function look() {
  try {
    const answer = await fetch("state", {signal: AbortSignal.timeout(DEADLINE)});
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    picture = await answer.json();
    answered = picture.at;
    show();
    say("on", `live, ${clock.format(answered)}`);
  } catch {
    say("off", answered ? `no answer since ${clock.format(answered)}` : "no answer yet");
  }
}

async function watch() {
  if (!document.hidden) await look();
  setTimeout(watch, EVERY);
}

at("more").addEventListener("click", () => {
  all = true;
  showFailures(picture);
});
watch();
