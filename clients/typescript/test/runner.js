// Runs the client for Node for the conformance tests.
import { createInterface } from "node:readline";
import process from "node:process";
import * as nutgraf from "nutgraf";
import { run } from "./run.js";

const client = nutgraf.connect(process.argv[2], { tls: false });
const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
const nextLine = async () => (await lines.next()).value;
const writeLine = (line) => new Promise((resolve) => process.stdout.write(line + "\n", resolve));
await run(nutgraf, client, nextLine, writeLine);
client.close();
