// Tests of both clients against a server that fails as it is told. That for browsers runs in Node here.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as node from "nutgraf";
import * as browser from "nutgraf/browser";
import { article, faultServer, Items } from "./faults.js";

const { Code, NutgrafError, OffsetEncoding } = node;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const clients = {
  node: (server, settings) => node.connect(server.grpc, { tls: false, ...settings }),
  browser: (server, settings) => browser.connect(`http://${server.http}`, settings),
};

for (const [name, connect] of Object.entries(clients)) {
  describe(name, () => {
    let server;
    const opened = [];
    const client = (settings) => {
      const c = connect(server, settings);
      opened.push(c);
      return c;
    };
    before(async () => {
      server = await faultServer();
    });
    after(async () => {
      opened.forEach((c) => c.close?.());
      await server[Symbol.asyncDispose]();
    });

    for (const [fault, want] of [
      [undefined],
      ["busy twice"],
      ["unavailable"],
      ["always full", { code: Code.ResourceExhausted, reason: "MESSAGE_TOO_LARGE", violations: [] }],
      [
        "invalid",
        {
          code: Code.InvalidArgument,
          reason: "INVALID_REQUEST",
          violations: [{ field: "source.url", description: "not absolute" }],
        },
      ],
    ]) {
      test(`extract, ${fault}`, async () => {
        const got = client({ timeoutMs: 5000 }).extract(article(`body of ${fault}`, fault));
        if (want) {
          await assert.rejects(got, (error) => {
            assert(error instanceof NutgrafError);
            const { code, reason, violations } = error;
            assert.deepEqual({ code, reason, violations }, want);
            return true;
          });
        } else {
          assert.equal((await got).content.text, `body of ${fault}`);
          assert.equal((await got).offsetEncoding, OffsetEncoding.UTF16_CODE_UNIT);
        }
      });
    }

    test("extract leaves other offsets and the request alone", async () => {
      const asked = { ...article("text"), options: { offsetEncoding: OffsetEncoding.UTF8_BYTE } };
      assert.equal((await client().extract(asked)).offsetEncoding, OffsetEncoding.UTF8_BYTE);
      const silent = article("text");
      await client().extract(silent);
      assert.deepEqual(silent, article("text"));
    });

    test("deadline", async () => {
      await assert.rejects(client({ timeoutMs: 300 }).extract(article("text", "hang")), { code: Code.DeadlineExceeded });
    });

    test("settings with which nothing is ever sent", async () => {
      assert.throws(() => client({ window: 0 }), RangeError);
      assert.throws(() => client({ timeoutMs: 0 }), RangeError);
      await assert.rejects(client().extractMany(new Items(3), { window: 0 }).next(), RangeError);
    });

    test("unreachable", async () => {
      const nowhere = connect({ grpc: "localhost:1", http: "localhost:1" }, { timeoutMs: 500 });
      // The last attempt may itself run out of time.
      const unreachable = ({ code }) => code === Code.Unavailable || code === Code.DeadlineExceeded;
      await assert.rejects(nowhere.extract(article("text")), unreachable);
      await assert.rejects(nowhere.extractMany(new Items(3)).next(), unreachable);
    });

    for (const [fault, code] of [
      [undefined],
      ["busy twice"],
      ["unavailable"],
      ["break stream"],
      ["end"],
      ["always full", Code.ResourceExhausted],
      ["invalid", Code.InvalidArgument],
    ]) {
      test(`each item has one result, ${fault}`, async () => {
        const fresh = await faultServer(); // which has not seen these items
        const c = connect(fresh, { window: 16, timeoutMs: 10_000 });
        const items = new Items(100, fault);
        const counts = new Map();
        for await (const { itemId, extraction, error } of c.extractMany(items)) {
          counts.set(itemId, (counts.get(itemId) ?? 0) + 1);
          if (itemId.endsWith("5") && code) {
            assert.equal(error.code, code);
            assert.equal(extraction, undefined);
          } else {
            assert.ifError(error);
            assert.equal(extraction.content.text, `text ${itemId}`);
            assert.equal(extraction.offsetEncoding, OffsetEncoding.UTF16_CODE_UNIT);
          }
        }
        assert.deepEqual([counts.size, [...counts.values()].every((n) => n === 1), items.read], [100, true, 100]);
        c.close?.();
        await fresh[Symbol.asyncDispose]();
      });
    }

    test("stuck", async (t) => {
      const collecting = setInterval(collect, 20); // fetch must not forget its signal
      t.after(() => clearInterval(collecting));
      let results = 0;
      await assert.rejects(
        async () => {
          for await (const _ of client({ timeoutMs: 300 }).extractMany(new Items(20, "hang"))) {
            results++;
          }
        },
        { code: Code.DeadlineExceeded },
      );
      assert.equal(results, 18);
    });

    test("slow loop holds back", async () => {
      const window = 8;
      const items = new Items(1000);
      let taken = 0;
      for await (const _ of client({ window }).extractMany(items)) {
        if (++taken === 20) {
          await sleep(300);
          break;
        }
      }
      assert(items.read <= taken + window + 1, `${items.read} items read`);
    });

    test("slow source holds back nothing", async () => {
      const answered = [];
      async function* source() {
        for (const itemId of ["a", "b"]) {
          yield { itemId, article: article(itemId) };
          while (answered.at(-1) !== itemId) {
            await sleep(10);
          }
        }
      }
      for await (const { itemId } of client({ timeoutMs: 5000 }).extractMany(source())) {
        answered.push(itemId);
      }
      assert.deepEqual(answered, ["a", "b"]);
    });

    test("error of the items is thrown", async () => {
      function* source() {
        yield { itemId: "a", article: article("a") };
        throw new Error("of the items");
      }
      await assert.rejects(async () => {
        for await (const _ of client().extractMany(source()));
      }, /of the items/);
    });

    test("abort", async () => {
      const signal = AbortSignal.timeout(200);
      await assert.rejects(
        async () => {
          for await (const _ of client().extractMany(new Items(20, "hang"), { signal }));
        },
        { code: Code.Canceled },
      );
    });

    test("discovery", async () => {
      assert.deepEqual((await client().listExtractors()).map((e) => e.extractorId), ["a", "b"]);
      assert.equal((await client().serverInfo()).version, "0.0.0-faults");
    });
  });
}

test("TLS and token", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "nutgraf-"));
  const server = await faultServer("-tls", join(folder, "ca.pem"), "-token", "secret");
  t.after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const trusted = await readFile(join(folder, "ca.pem"));
  for (const [ca, token, code] of [
    [trusted, "secret"],
    [trusted, "guess", Code.Unauthenticated],
    [undefined, "secret", Code.Unavailable],
  ]) {
    const client = node.connect(server.grpc, { ...(ca && { ca }), token, timeoutMs: ca ? 20_000 : 1000 });
    t.after(() => client.close());
    if (code) {
      // Without trust every attempt fails; the last may itself run out of time.
      await assert.rejects(client.serverInfo(), (error) => error.code === code || (!ca && error.code === Code.DeadlineExceeded));
    } else {
      await client.serverInfo();
    }
  }
  assert.throws(() => node.connect("localhost:1", { tls: false, token: "secret" }), TypeError);
  assert.throws(() => browser.connect("http://localhost:1", { token: "secret" }), TypeError);
});
