// What both clients export beside their own connect.
export { Code } from "@connectrpc/connect";
export { Client, type CallSettings, type ManySettings, type Settings } from "./client.js";
export { NutgrafError, type Violation } from "./errors.js";
export { type Added, Job, type JobResult } from "./jobs.js";
export type { Article, Item, Options, Result } from "./many.js";
export * from "./gen/nutgraf/v1/annotations_pb.js";
export * from "./gen/nutgraf/v1/content_pb.js";
export * from "./gen/nutgraf/v1/evidence_pb.js";
export * from "./gen/nutgraf/v1/extraction_pb.js";
export * from "./gen/nutgraf/v1/extraction_service_pb.js";
export type { Job as JobMessage } from "./gen/nutgraf/v1/job_service_pb.js";
export * from "./gen/nutgraf/v1/job_service_pb.js"; // but for the message Job, for the class has its name
export * from "./gen/nutgraf/v1/metadata_pb.js";
export * from "./gen/nutgraf/v1/options_pb.js";
export * from "./gen/nutgraf/v1/source_pb.js";
