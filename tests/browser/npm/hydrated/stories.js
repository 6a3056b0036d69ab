// Two stories, as a site's API would give them.
const sentence = "The ferry leaves the old harbour at seven and the crew counts the crates twice. ";

export const stories = Object.fromEntries(
  ["one", "two"].map((name) => [
    name,
    {
      name,
      title: `Story ${name}`,
      other: name === "one" ? "two" : "one",
      paragraphs: Array.from(
        { length: 14 },
        (_, index) => `Paragraph ${index + 1} of ${name}. ${sentence.repeat(5)}`.trim(),
      ),
    },
  ]),
);

/** The story that an address names. */
export function storyAt(path) {
  return stories[path.split("/").pop()] ?? stories.one;
}
