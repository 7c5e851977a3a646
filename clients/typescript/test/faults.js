// The server that fails as it is told, and articles that tell it to.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import process from "node:process";

/** Starts the server; returns its addresses for gRPC and for Connect, and how to end it. */
export async function faultServer(...args) {
  const child = spawn(process.env.FAULTSERVER, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const grpc = (await lines.next()).value;
  const http = (await lines.next()).value;
  return { grpc, http, [Symbol.asyncDispose]: async () => child.stdin.end() };
}

export function article(text, fault) {
  const source = { content: { case: "plainText", value: { text } } };
  return fault ? { source, labels: { fault } } : { source };
}

/** n items, each tenth of which with the given fault; counts how many were read. */
export class Items {
  read = 0;
  constructor(n, fault) {
    this.n = n;
    this.fault = fault;
  }
  *[Symbol.iterator]() {
    for (let i = 0; i < this.n; i++) {
      this.read++;
      yield { itemId: String(i), article: article(`text ${i}`, i % 10 === 5 ? this.fault : undefined) };
    }
  }
}
