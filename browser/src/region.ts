/**
 * What a filled slot is to assistive technology and to the keyboard: one region with a name
 * of its own, and a link past it.
 *
 * The link stands in a shadow tree, so that it is no part of the page's text, and is drawn by
 * the page's style sheet through `::part`, as a policy may forbid styles of our own.
 */

let count = 0;
const names = new WeakMap<HTMLElement, string>();

/** The slot's label; numbered from the second of a page on, so that no two are alike. */
export function nameOf(slot: HTMLElement): string {
  let name = names.get(slot);
  if (!name) {
    count += 1;
    const number = count > 1 ? " " + count.toLocaleString(slot.lang) : "";
    names.set(slot, (name = slot.dataset["label"]! + number));
  }
  return name;
}

export function makeAccessible(slot: HTMLElement): void {
  slot.setAttribute("role", "complementary");
  slot.setAttribute("aria-label", nameOf(slot));
  slot.removeAttribute("aria-hidden");
  const text = slot.dataset["skip"];
  if (slot.shadowRoot || !text) return;

  const skip = part("a", "skip");
  skip.href = "#";
  skip.setAttribute("aria-label", text);
  const end = part("span", "end");
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    // A stop for this once: from one that Tab never stops at, Chromium goes back to the first.
    end.tabIndex = 0;
    end.focus();
  });
  end.addEventListener("blur", () => end.removeAttribute("tabindex"));
  const parts = [skip, document.createElement("slot"), end];
  const { about, close } = slot.dataset;
  if (about) {
    const link = part("a", "about");
    link.href = about;
    link.target = "_blank";
    link.setAttribute("aria-label", `${slot.dataset["label"]} \xB7 ${slot.dataset["disclosure"]}`);
    parts.splice(1, 0, link);
  }
  if (close) {
    const button = part("button", "close");
    button.type = "button";
    button.setAttribute("aria-label", close);
    button.addEventListener("click", () => void (slot.hidden = true));
    parts.splice(1, 0, button);
  }
  slot.attachShadow({ mode: "open" }).append(...parts);
}

function part<Tag extends "a" | "span" | "button">(tag: Tag, name: string): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  element.setAttribute("part", name);
  return element;
}
