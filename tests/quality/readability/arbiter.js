// The third parser: reads one JSON pair [original, woven] a line; answers "same" or "differs".
//
// parse5 is what jsdom parses with. Asked where html5lib and turbohtml do not agree.
"use strict";

const readline = require("node:readline");
const parse5 = require("parse5");


function isOurs(node) {
  if (node.nodeName === "#comment") return /^adweave:\d+$/.test(node.data);
  const has = (name) => (node.attrs ?? []).some((one) => one.name === name);
  if (node.tagName === "ad-slot") return has("data-label"); // else the publisher's own
  return node.tagName === "ad-notice" || has("data-adweave");
}

function withoutOurs(root) {
  const waiting = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (node.content) waiting.push(node.content);
    if (!node.childNodes) continue;
    node.childNodes = node.childNodes.filter((child) => !isOurs(child));
    waiting.push(...node.childNodes);
  }
  return root;
}

// Serialised, so that texts that our nodes parted count as joined again.
function isSame([original, woven]) {
  return [false, true].every((scriptingEnabled) => {
    const before = parse5.parse(original, { scriptingEnabled });
    const after = withoutOurs(parse5.parse(woven, { scriptingEnabled }));
    return parse5.serialize(before) === parse5.serialize(after);
  });
}

const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity });
lines.on("line", (line) => process.stdout.write(isSame(JSON.parse(line)) ? "same\n" : "differs\n"));
