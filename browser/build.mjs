/**
 * Bundles the browser code. Without arguments: into the Python package, whose files are
 * committed, so that installing adweave needs no Node. `--out DIR` writes elsewhere (to
 * compare); `--tests` bundles the unit tests for Node's test runner.
 */
import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2);

if (args.includes("--tests")) {
  await build({
    entryPoints: readdirSync(join(here, "test")).map((name) => join(here, "test", name)),
    outdir: join(here, ".test"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
} else {
  const out = args.includes("--out")
    ? args[args.indexOf("--out") + 1]
    : join(here, "../middleware/adweave/slots/static");
  const shared = {
    absWorkingDir: here,
    bundle: true,
    minify: true,
    target: ["es2021", "chrome91", "firefox90", "safari15"],
    charset: "ascii", // insertions into pages are ASCII, whatever the page's encoding
    legalComments: "none",
  };
  await build({ ...shared, entryPoints: ["src/head.ts", "src/slot.css"], outdir: out, format: "iife" });
  // Chromium compiles what it is told will run off the main thread, as it fetches the script.
  await build({
    ...shared,
    entryPoints: ["src/loader.ts"],
    outdir: out,
    format: "iife",
    banner: { js: "//# allFunctionsCalledOnLoad" },
  });
  // Fetched by the loader when a page or a slot first asks for them.
  await build({
    ...shared,
    entryPoints: ["late.ts", "demand/gpt.ts", "demand/prebid.ts", "demand/adsense.ts"].map(
      (name) => `src/${name}`,
    ),
    entryNames: "[name]",
    outdir: out,
    format: "esm",
  });
  // A page of its own: the frame that Prebid's winners are shown in.
  const { outputFiles } = await build({
    ...shared,
    entryPoints: ["src/demand/creative.ts"],
    format: "iife",
    write: false,
  });
  const script = outputFiles[0].text.trim().replaceAll("</", "<\\/");
  writeFileSync(
    join(out, "creative.html"),
    `<!doctype html><meta charset=utf-8><title>Ad</title><style>html,body{margin:0;overflow:hidden}` +
      `iframe{display:block;border:0}</style><body><script>${script}</script>\n`,
  );
}
