// Tests of jobs against the real server, which is killed in the middle and started again on what it has on disk.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as node from "nutgraf";
import * as browser from "nutgraf/browser";
import { article } from "./faults.js";

const { Code, JobState, NutgrafError } = node;

const n = 300;
const bad = "7";

function item(i) {
  const html = `<title>Ferry ${i} 🎉</title><article><h1>Ferry ${i} 🎉</h1><p>The island ferry number ${i} sails again on Monday,
    Anna Berg of Harbour Lines said in Tarnmouth.</p><p>“It is late,” Berg said. “But it sails.”</p></article>`;
  const content = { case: "html", value: { data: new TextEncoder().encode(html) } };
  return { itemId: String(i), article: String(i) === bad ? {} : { source: { content, url: "https://news.example/ferry" } } };
}

function* items(end, start = 0) {
  for (let i = start; i < end; i++) {
    yield item(i);
  }
}

/** The server with its jobs in a folder of its own. It keeps its addresses when it is killed and started again. */
class Server {
  grpc = "127.0.0.1:0";
  http = "127.0.0.1:0";

  async start() {
    this.folder ??= await mkdtemp(join(tmpdir(), "nutgraf-"));
    const args = ["serve", "--listen", this.grpc, "--http-listen", this.http, "--admin-listen", "", "--jobs-min-free-bytes", "1"];
    this.process = spawn(process.env.NUTGRAF, [...args, "--jobs-dir", join(this.folder, "jobs")], { stdio: ["ignore", "ignore", "pipe"] });
    const lines = createInterface(this.process.stderr);
    const [line] = await once(lines, "line");
    ({ grpc: this.grpc, http: this.http } = JSON.parse(line));
  }

  async kill() {
    const exit = once(this.process, "exit");
    this.process.kill("SIGKILL");
    await exit;
  }

  async restart() {
    await this.kill();
    await this.start();
  }
}

let server;
const opened = [];
beforeEach(async () => {
  server = new Server();
  await server.start();
});
afterEach(async () => {
  opened.splice(0).forEach((client) => client.close());
  await server.kill();
  await rm(server.folder, { recursive: true });
});

function connect() {
  const client = node.connect(server.grpc, { tls: false });
  opened.push(client);
  return client;
}

async function all(things) {
  const list = [];
  for await (const thing of things) {
    list.push(thing);
  }
  return list;
}

/** Takes the first results and leaves the iterator as it is. */
async function take(iterator, count) {
  const list = [];
  while (list.length < count) {
    list.push((await iterator.next()).value);
  }
  return list;
}

/** Checks that there is each result once, with its own text, and an error for the bad item only. */
function check(results) {
  const ids = results.map(({ itemId }) => Number(itemId)).sort((a, b) => a - b);
  assert.deepEqual(ids, [...Array(n).keys()]);
  for (const { itemId, extraction, error } of results) {
    if (itemId === bad) {
      assert(error instanceof NutgrafError);
      assert.deepEqual([error.reason, error.violations.map(({ field }) => field)], ["INVALID_REQUEST", ["source"]]);
    } else {
      const body = extraction.content.text;
      assert(body.includes(`ferry number ${itemId} sails`));
      const [{ text, evidence }] = extraction.quotes;
      const [{ start, end }] = evidence.spans;
      assert.equal(body.slice(Number(start), Number(end)).replace(/[“”]/g, ""), text); // in UTF-16 code units
    }
  }
}

test("submit, to the end", async () => {
  const client = connect();
  const job = await client.submitJob(items(n));
  assert.deepEqual(job.added, { accepted: n, duplicates: 0, rejected: [] });
  const { state, itemsTotal, itemsSucceeded, itemsFailed } = (await all(job.watch())).at(-1);
  assert.deepEqual([state, itemsTotal, itemsSucceeded, itemsFailed], [JobState.SUCCEEDED, 300n, 299n, 1n]);
  const results = await all(job.results());
  check(results);
  const rest = await all(job.results(results[199].cursor));
  assert.deepEqual(rest.map(({ itemId }) => itemId), results.slice(200).map(({ itemId }) => itemId));
  assert.deepEqual((await all(client.listJobs())).map(({ name }) => name), [job.name]);

  const inBrowser = browser.connect(`http://${server.http}`).job(job.name);
  assert.equal((await inBrowser.state()).state, JobState.SUCCEEDED);
  assert.equal((await all(inBrowser.watch())).length, 1);
  check(await all(inBrowser.results()));

  await job.delete();
  assert.deepEqual(await all(client.listJobs()), []);
  await assert.rejects(all(job.results()), { code: Code.NotFound, reason: "JOB_NOT_FOUND" });
});

test("server killed in the middle", async () => {
  const job = await connect().createJob();
  await job.add(items(n / 2));
  const inBrowser = browser.connect(`http://${server.http}`).job(job.name);
  const readers = [job.results(), inBrowser.results()];
  const [results, resultsInBrowser] = [await take(readers[0], 50), await take(readers[1], 50)];
  const watched = job.watch();
  await watched.next();
  await server.restart();

  // Another client has nothing but the name, and adds everything again.
  const pickedUp = connect().job(job.name);
  assert.deepEqual(await pickedUp.add(items(n)), { accepted: n / 2, duplicates: n / 2, rejected: [] });
  await pickedUp.seal();
  await server.restart();

  // The loops that were at it go on, and another begins after what was read of them.
  check([...results, ...(await all(pickedUp.results(results.at(-1).cursor)))]);
  check([...results, ...(await all(readers[0]))]);
  check([...resultsInBrowser, ...(await all(readers[1]))]);
  assert.equal((await all(watched)).at(-1).itemsSucceeded, 299n);
});

test("server away while adding", async () => {
  let back;
  async function* source() {
    yield* items(n - 1);
    await server.kill();
    back = sleep(500).then(() => server.start());
    yield item(n - 1);
  }
  const job = await connect().submitJob(source());
  await back;
  assert.deepEqual(job.added, { accepted: n, duplicates: 0, rejected: [] });
  check(await all(job.results()));
});

test("server lost for good, abort", async () => {
  const client = connect();
  const job = await client.createJob();
  await job.add(items(1));
  const aborted = job.results("", { signal: AbortSignal.timeout(300) });
  await aborted.next();
  await assert.rejects(aborted.next(), { code: Code.Canceled });
  const reader = job.results("", { timeoutMs: 500 });
  await reader.next();
  await server.kill();
  await assert.rejects(reader.next(), { code: Code.Unavailable });
  await server.start();
});

test("rejected and canceled", async () => {
  const job = await connect().createJob();
  const other = { itemId: "0", article: article("Another text under an id that is taken.") };
  const { accepted, rejected } = await job.add([item(0), other, { article: article("no id") }]);
  assert.deepEqual([accepted, rejected.map(({ itemId }) => itemId).sort()], [1, ["", "0"]]);
  const huge = { itemId: "huge", article: article("x".repeat(18 << 20)) };
  assert.deepEqual((await job.add([item(1), huge, item(2)])).rejected.map(({ itemId }) => itemId), ["huge"]);
  assert.deepEqual([job.added.accepted, job.added.rejected.length], [3, 3]);
  await assert.rejects(job.delete(), { code: Code.FailedPrecondition, reason: "JOB_STATE" });
  await job.cancel();
  assert.equal((await all(job.watch())).at(-1).state, JobState.CANCELLED);
});
