// Reads one JSON string (a page) a line, answers one JSON string (its Reader text, or null) a line.
"use strict";

const readline = require("node:readline");
const { Readability } = require("@mozilla/readability");
const { JSDOM, VirtualConsole } = require("jsdom");

const lines = readline.createInterface({ input: process.stdin, crlfDelay: Infinity });

function readerText(page) {
  // A silent console: broken style sheets of real pages are no finding of ours.
  const dom = new JSDOM(page, { url: "https://news.example/", virtualConsole: new VirtualConsole() });
  try {
    const article = new Readability(dom.window.document).parse();
    return article === null ? null : article.textContent;
  } finally {
    dom.window.close();
  }
}

lines.on("line", (line) => {
  let answer;
  try {
    answer = readerText(JSON.parse(line));
  } catch (failure) {
    answer = `refused: ${failure.name}`;
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
});
