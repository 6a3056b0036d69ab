/* Draws blocks, gaps, slots and distances over pages in frames. The frames run no scripts; this
   page reaches into them, puts a shadow root on top of each and draws there. */
"use strict";
const facts = JSON.parse(document.getElementById("facts").textContent);
const marksCss = document.getElementById("marks").textContent;
const chosen = { page: 0, layout: 0, viewport: facts.viewports[0].name, gap: null };
const shows = { blocks: false, distances: true, refused: true };
const list = document.querySelector("aside ol");
const stages = Array.from(document.querySelectorAll(".stage"), (element, index) => ({
  frame: element.querySelector("iframe"), port: element.querySelector(".port"), index, root: null,
}));

const viewport = () => facts.viewports.find((each) => each.name === chosen.viewport);
const page_ = () => facts.pages[chosen.page];
const layoutOf = (stage) => {
  const { layouts } = page_().sides[stage.index];
  return layouts[Math.min(chosen.layout, layouts.length - 1)];
};
const px = (number) => `${Math.round(number)} px`;

function make(tag, name, text) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
}

/* One gap's slots here and now: those of the chosen layout that show at the chosen viewport. */
function slotsAt(stage, key) {
  const layout = layoutOf(stage);
  return layout ? layout.slots.filter((slot) => slot.gap === key && slot.on.includes(chosen.viewport)) : [];
}

function size(stage) {
  const window_ = viewport();
  const scale = Math.min(1, stage.port.clientWidth / window_.width);
  const height = Math.max(200, stage.port.clientHeight / scale);
  Object.assign(stage.frame.style, {
    width: `${window_.width}px`, height: `${height}px`,
    transform: `scale(${scale}) translateX(-50%)`,
  });
  stage.root?.host.style.setProperty("--k", Math.min(2.4, Math.max(1, 0.8 / scale)));
}

/* Slots take their room, so that what is below stands where it will. */
function reserve(stage) {
  for (const gap of stage.root.host.ownerDocument.querySelectorAll("adweave-gap")) {
    const height = slotsAt(stage, gap.dataset.g).reduce((sum, slot) => sum + slot.px[chosen.viewport], 0);
    gap.style.cssText = height
      ? `all:initial!important;display:block!important;height:${height}px!important;clear:both!important`
      : "all:initial!important;position:absolute!important";
  }
}

function boxOf(stage, element) {
  const box = element.getBoundingClientRect();
  const view = stage.frame.contentWindow;
  return { top: box.top + view.scrollY, left: box.left + view.scrollX, width: box.width, height: box.height };
}

function put(stage, name, box) {
  const element = make("div", name);
  for (const side of ["top", "left", "width", "height"]) {
    if (box[side] !== undefined) element.style[side] = `${box[side]}px`;
  }
  stage.root.append(element);
  return element;
}

/* What is chosen may stand at another gap before than after. */
const isChosen = (stage, key) =>
  (Array.isArray(chosen.gap) ? chosen.gap[stage.index] : chosen.gap) === key;

function pill(stage, holder, key, text) {
  const button = make("button", isChosen(stage, key) ? "pill chosen" : "pill", text);
  button.type = "button";
  button.addEventListener("click", () => choose(key, false));
  holder.append(button);
}

function draw(stage) {
  const page = stage.frame.contentDocument;
  if (!stage.root) return;
  reserve(stage);
  stage.root.replaceChildren(make("style", "", marksCss));
  const blocks = new Map();
  for (const element of page.querySelectorAll("[data-adweave-b]")) {
    blocks.set(Number(element.dataset.adweaveB), boxOf(stage, element));
  }
  const known = [...blocks.values()].filter((box) => box.width > 0);
  const left = known.length ? Math.min(...known.map((box) => box.left)) : 8;
  const width = known.length ? Math.max(...known.map((box) => box.left + box.width)) - left : 300;
  const start = known.length ? Math.min(...known.map((box) => box.top)) : 0;
  const end = known.length ? Math.max(...known.map((box) => box.top + box.height)) : 0;
  if (shows.blocks) drawBlocks(stage, blocks);
  const taken = [];
  const gaps = new Map();
  for (const element of page.querySelectorAll("adweave-gap")) gaps.set(element.dataset.g, boxOf(stage, element));
  for (const [key, verdict] of Object.entries(layoutOf(stage)?.gaps ?? {})) {
    const slots = slotsAt(stage, key);
    const isInside = verdict.inside;
    let box = gaps.get(key);
    if (isInside && !slots.length) {
      /* In the middle of the white space between two blocks, where it hides no text. */
      const above = blocks.get(Number(key) - 1), below = blocks.get(Number(key));
      const edges = [above && above.top + above.height, below && below.top].filter((edge) => edge !== undefined);
      if (edges.length === 2) box = { top: (edges[0] + edges[1]) / 2 };
      else if (edges.length) box = { top: edges[0] + (above ? 8 : -8) };
    }
    if (!box) continue;
    if (slots.length) {
      const place = { top: box.top, left: isInside ? left : box.left, height: box.height,
        width: isInside ? width : Math.max(box.width, 120) };
      const shown = put(stage, `slot ${slots[0].state ?? ""}`, place);
      pill(stage, shown, key, slots.map((slot) => slot.text).join(" + "));
      if (isInside) taken.push(place);
    } else if (shows.refused && verdict.why) {
      const why = verdict.why[chosen.viewport];
      const shown = put(stage, "gap quiet", { top: box.top, left, width });
      pill(stage, shown, key, `✕ ${why && why.length ? why[0] : "free"}`);
    }
  }
  if (shows.distances && taken.length) drawDistances(stage, taken, start, end, left);
}

function drawBlocks(stage, blocks) {
  for (const [index, box] of blocks) {
    const fact = page_().blocks[index];
    if (!fact) continue;
    const shown = put(stage, `block ${fact.kind}`, box);
    const words = fact.words ? `, ${fact.words} words` : "";
    shown.append(make("span", "", `${fact.kind}${words}: ${px(box.height)}, ${px(fact.px[chosen.viewport])} estimated`));
  }
}

function drawDistances(stage, taken, start, end, left) {
  const at = Math.max(3, left - 14);
  const place = left > 90 ? "span beside" : "span upright";
  const sorted = taken.sort((a, b) => a.top - b.top);
  const edges = [{ top: start, height: 0 }, ...sorted, { top: end, height: 0 }];
  for (let index = 1; index < edges.length; index += 1) {
    const top = edges[index - 1].top + edges[index - 1].height;
    const height = edges[index].top - top;
    if (height < 24) continue;
    put(stage, place, { top, left: at, height }).append(make("span", "", px(height)));
  }
}

/* The list beside the page says everything that pills are too small for. */
function describe() {
  list.replaceChildren();
  const stage = stages.at(-1);
  const layout = layoutOf(stage);
  const total = document.querySelector("[data-total]");
  if (page_().entries) {
    total.textContent = page_().total;
    for (const entry of page_().entries) {
      if (entry.on && !entry.on.includes(chosen.viewport)) continue;
      list.append(item(entry.gaps, entry.state, entry.title, "", entry.says));
    }
    return;
  }
  const shown = layout ? layout.slots.filter((slot) => slot.ad && slot.on.includes(chosen.viewport)).length : 0;
  total.textContent = !layout ? page_().total : layout.total
    || `Layout "${layout.name}": ${shown || "no"} ${shown === 1 ? "slot" : "slots"} on ${chosen.viewport}`;
  for (const [key, verdict] of Object.entries(layout?.gaps ?? {})) {
    const slots = slotsAt(stage, key);
    const title = slots.length ? slots.map((slot) => slot.text).join(" + ") : verdict.title;
    const why = slots.length ? [] : (verdict.why?.[chosen.viewport] ?? []);
    list.append(item(key, slots.length ? "taken" : "refused", title,
      verdict.top ? px(verdict.top[chosen.viewport]) : "", why, verdict.changes));
  }
}

function item(key, state, title, place, says, changes = []) {
  const button = make("button", state);
  button.type = "button";
  if (key !== null && key === chosen.gap) button.setAttribute("aria-current", "true");
  button.append(make("span", "px", place), make("b", "", title));
  for (const sentence of says) button.append(make("p", "", sentence));
  for (const change of changes) button.append(make("p", "change", change));
  button.addEventListener("click", () => choose(key, true));
  const entry = make("li");
  entry.append(button);
  return entry;
}

function choose(key, scrolls) {
  chosen.gap = key;
  update();
  if (!scrolls) list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  for (const stage of scrolls ? stages : []) {
    const mark = stage.root?.querySelector(".chosen");
    mark?.scrollIntoView({ block: "center", behavior: "smooth" });
  }
}

function update() {
  describe();
  for (const stage of stages) { size(stage); draw(stage); }
}

/* Frames of one page scroll together. */
function follow(stage) {
  const from = stage.frame.contentWindow;
  const share = from.scrollY / Math.max(1, from.document.documentElement.scrollHeight - from.innerHeight);
  for (const other of stages) {
    const to = other.frame.contentWindow;
    if (other === stage || !to?.document.documentElement) continue;
    const top = share * (to.document.documentElement.scrollHeight - to.innerHeight);
    if (Math.abs(to.scrollY - top) > 2) to.scrollTo({ top, behavior: "instant" });
  }
}

function ready(stage) {
  const page = stage.frame.contentDocument;
  if (!page?.documentElement) return;
  const host = page.createElement("adweave-marks");
  page.documentElement.append(host);
  stage.root = host.attachShadow({ mode: "open" });
  const again = () => requestAnimationFrame(() => draw(stage));
  new ResizeObserver(again).observe(page.body ?? page.documentElement);
  for (const image of page.images) image.addEventListener("load", again);
  if (stages.length > 1) {
    for (const kind of ["wheel", "touchmove", "keyup"]) {
      page.addEventListener(kind, () => requestAnimationFrame(() => follow(stage)), { passive: true });
    }
  }
  update();
}

for (const input of document.querySelectorAll("[name=viewport]")) {
  input.checked = input.value === chosen.viewport;
  input.addEventListener("change", () => { chosen.viewport = input.value; update(); });
}
for (const input of document.querySelectorAll("[data-shows]")) {
  input.checked = shows[input.dataset.shows];
  input.addEventListener("change", () => { shows[input.dataset.shows] = input.checked; update(); });
}
document.querySelector("[name=layout]")?.addEventListener("change", (event) => {
  chosen.layout = event.target.selectedIndex;
  update();
});
if (window.innerWidth >= 900 && !location.hash.includes("mobile")) {
  chosen.viewport = facts.viewports.at(-1).name;
  for (const input of document.querySelectorAll("[name=viewport]")) input.checked = input.value === chosen.viewport;
}
document.querySelector("[name=page]")?.addEventListener("change", (event) => open_(event.target.selectedIndex));
addEventListener("resize", update);

function open_(index) {
  Object.assign(chosen, { page: index, gap: null });
  for (const stage of stages) {
    stage.root = null;
    stage.frame.srcdoc = document.getElementById(`page-${index}`).textContent;
  }
  describe();
}
for (const stage of stages) stage.frame.addEventListener("load", () => ready(stage));
open_(0);
