/**
 * Bundles the browser code. Without arguments: into the Python package, whose files are
 * committed, so that installing adweave needs no Node. `--out DIR` writes elsewhere (to
 * compare); `--tests` bundles the unit tests for Node's test runner.
 */
import { readdirSync } from "node:fs";
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
  await build({
    absWorkingDir: here,
    entryPoints: ["src/head.ts", "src/loader.ts", "src/slot.css"],
    outdir: out,
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2020", "chrome90", "firefox90", "safari15"],
    charset: "ascii", // insertions into pages are ASCII, whatever the page's encoding
    legalComments: "none",
  });
}
