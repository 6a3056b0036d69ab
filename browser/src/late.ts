/**
 * Slots of a page that a framework takes over ("hydrates"), and of those that it shows later
 * without loading a page. A module of its own: other pages do not fetch it.
 *
 * A framework compares what it finds with what it would have made, and rebuilds the page where
 * they differ. So nothing of ours is in what it takes over: the page's head carries a list of
 * places, each named by the element beside it (see `places.ts`). React passes over comments, so
 * in its pages markers stand at the places as well. Slots are made once the framework has taken
 * over what they are to stand in, and only below the window, where nobody sees anything move. A
 * place that the reader has reached by then gets none.
 *
 * When a script shows another address in this page, the slots are taken out, the page of that
 * address is asked for once, and its list is gone through in the same way. Its plan holds only
 * where it was made by the configuration that this page runs with.
 */

import type { Late, LoaderConfig, Marker } from "./config.ts";
import { isTaken } from "./hydration.ts";
import { whenIdle } from "./idle.ts";
import { comments, numberOf, slotOf } from "./markers.ts";
import { placesIn, type Spot } from "./places.ts";

export interface Page {
  late: Late;
  config: LoaderConfig;
  variant: number;
  /** Hands over a slot once it stands in the page. */
  take(slot: HTMLElement): void;
  /** Ends the page view, and begins that of another page. */
  turn(): void;
}

const EVERY_MS = 200;
/** So long after the page's load nobody will take over a markup any more. */
const PATIENCE_MS = 10_000;

/** What is shown, whichever way a router writes its address. */
function shownNow(): string {
  return location.pathname.replace(/\/$/, "");
}

function isBelowWindow({ parent, next, at }: Spot): boolean {
  const edge = next
    ? next.getBoundingClientRect().top
    : (at instanceof Element ? at : parent).getBoundingClientRect().bottom;
  return edge >= innerHeight;
}

export default function placeLate({ late, config, variant, take, turn }: Page): void {
  let shown = shownNow();
  let list = late;
  let left = new Map<string, Marker>();
  let placed: HTMLElement[] = [];
  // What a framework has just said to have taken over may wait for a last part of it.
  let seen = new Set<string>();
  let ends = 0;
  let timer = 0;

  const place = (): void => {
    clearTimeout(timer);
    if (shownNow() !== shown) return;
    const isOver = performance.now() > ends;
    const markers = new Map<string, Comment>();
    for (const comment of comments()) markers.set(numberOf(comment), comment);
    const spotOf = placesIn(document.body);
    let waiting = false;
    for (const [number, marker] of left) {
      const comment = markers.get(number);
      const spot: Spot | null = comment
        ? { parent: comment.parentElement!, next: comment.nextElementSibling, at: comment }
        : marker.p
          ? spotOf(marker.p)
          : null;
      const isReact = list.by === "react";
      if (!spot || (!isTaken(spot.parent, list.by) && !(isReact && isOver))) {
        waiting = true;
      } else if (!isReact && !seen.has(number)) {
        seen.add(number);
        waiting = true;
      } else {
        left.delete(number);
        if (!isBelowWindow(spot)) continue;
        const slot = slotOf(marker, list);
        if (comment) comment.replaceWith(slot);
        else if (spot.next) spot.next.before(slot);
        else if (spot.at === spot.parent) spot.parent.append(slot);
        else (spot.at as Element).after(slot);
        placed.push(slot);
        take(slot);
      }
    }
    if (waiting && !isOver) timer = window.setTimeout(place, EVERY_MS);
  };

  const begin = (found: Late): void => {
    list = found;
    left = new Map(Object.entries(found.markers).filter(([, { v }]) => v.includes(variant)));
    ends = performance.now() + PATIENCE_MS;
    place();
  };

  /** The list of the page at the address that is shown now, if its plan is one of ours. */
  const asked = async (): Promise<Late | null> => {
    const page = await documentAt(location.href);
    const script = page?.querySelector<HTMLElement>("script[data-adweave][data-late]");
    if (!script) return null;
    const own = JSON.parse(script.dataset["adweave"]!) as LoaderConfig;
    if (own.gen !== config.gen || own.layout !== config.layout || own.exp?.key !== config.exp?.key) {
      return null;
    }
    adopt(page!);
    return JSON.parse(script.dataset["late"]!) as Late;
  };

  // A script that shows another page in this one may keep what the slots stand in.
  const moved = (): void => {
    const now = shownNow();
    if (now === shown) return;
    shown = now;
    turn();
    for (const slot of placed) slot.remove();
    for (const comment of comments()) if (numberOf(comment)) comment.remove();
    placed = [];
    seen = new Set();
    left.clear();
    if (navigator.connection?.saveData) return;
    whenIdle(() => {
      if (shownNow() !== now) return;
      asked().then(
        (found) => void (found && shownNow() === now && begin(found)),
        () => undefined, // no network: the page stays without slots
      );
    });
  };
  new MutationObserver(moved).observe(document, {
    childList: true,
    characterData: true,
    subtree: true,
  });

  const start = (): void => begin(late);
  if (document.readyState === "complete") start();
  else addEventListener("load", start);
}

/**
 * The page at an address, parsed and not run; null where there is none. By the older interface, as
 * Trusted Types keep text from being parsed by hand.
 */
function documentAt(url: string): Promise<Document | null> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    request.onloadend = () => resolve(request.status === 200 ? request.responseXML : null);
    request.send();
  });
}

let adopted: CSSStyleSheet | undefined;

/** Styles of the boxes that another page of the site reserves. No policy forbids such sheets. */
function adopt(page: Document): void {
  const text = page.querySelector("style[data-adweave]")?.textContent;
  if (!text || document.querySelector("style[data-adweave]")?.textContent === text) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  const others = document.adoptedStyleSheets.filter((other) => other !== adopted); // the page's own
  document.adoptedStyleSheets = [...others, sheet];
  adopted = sheet;
}
