// Runs the client for browsers for the conformance tests, in headless Chromium. Its page comes from a server of its own, so
// the calls go to another origin, as those of most pages do.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const [baseUrl, origin] = process.argv.slice(2);

const bundle = await build({
  stdin: {
    contents: `
      import * as nutgraf from "nutgraf/browser";
      import { run } from "./run.js";
      globalThis.start = (baseUrl) => run(nutgraf, nutgraf.connect(baseUrl), nextLine, writeLine);`,
    resolveDir: fileURLToPath(new URL(".", import.meta.url)),
  },
  bundle: true,
  format: "esm",
  platform: "browser",
  write: false,
});
const page = createServer((request, response) => {
  const script = request.url === "/client.js";
  response.setHeader("content-type", script ? "text/javascript" : "text/html");
  response.end(script ? bundle.outputFiles[0].text : '<!doctype html><script type="module" src="client.js"></script>');
});
await new Promise((resolve) => page.listen(Number(new URL(origin).port), "localhost", resolve));

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "chromium", args: ["--no-sandbox"] });
try {
  const tab = await browser.newPage();
  tab.on("pageerror", (error) => console.error(error));
  const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
  await tab.exposeFunction("nextLine", async () => (await lines.next()).value);
  await tab.exposeFunction(
    "writeLine",
    (line) => new Promise((resolve) => process.stdout.write(line + "\n", resolve)),
  );
  await tab.goto(origin);
  await tab.waitForFunction("globalThis.start");
  await tab.evaluate((baseUrl) => globalThis.start(baseUrl), baseUrl);
} finally {
  await browser.close();
  page.close();
}
