// Builds the page: one script, one style sheet, the document and its icon. `node build.mjs [FOLDER]`, default ../static.
//
// The same sources give the same bytes on every machine, so that a test can compare. `sources.sha256` says which sources
// they were, for machines without Node.
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(here, "..", "static"));

/** Every file that the page is made of, sorted, relative to this folder. */
async function sources() {
  const found = await readdir(path.join(here, "src"), { recursive: true, withFileTypes: true });
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(here, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"));
  return [...files, "build.mjs", "package-lock.json", "package.json", "tsconfig.json"].sort();
}

/** One digest over names and contents. */
async function digest(names) {
  const hash = createHash("sha256");
  for (const name of names) {
    const text = await readFile(path.join(here, name));
    hash.update(`${name}\n${createHash("sha256").update(text).digest("hex")}\n`);
  }
  return hash.digest("hex");
}

await mkdir(out, { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: { app: "src/main.ts" },
  outdir: out,
  bundle: true,
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  minify: true,
  charset: "utf8",
  legalComments: "eof",
  logLevel: "warning",
});
await build({
  absWorkingDir: here,
  entryPoints: { app: "src/styles/app.css" },
  outdir: out,
  bundle: true,
  target: ["chrome123", "firefox120", "safari17.5"],
  minify: true,
  charset: "utf8",
  logLevel: "warning",
});
for (const name of ["index.html", "icon.svg"]) await cp(path.join(here, "src", name), path.join(out, name));
await writeFile(path.join(out, "sources.sha256"), `${await digest(await sources())}\n`);
