import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname } from "node:path";
import { root } from "./paths.mjs";

/** @type {NodeJS.Signals[]} */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
const parent = process.ppid;

/**
 * Runs Node on `args` in the foreground and resolves to its exit code.
 * This process outlives the child, so that whoever started it can still clean up after Ctrl-C.
 *
 * @param {string[]} args
 * @param {{ node?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>}
 */
export function runNode(args, { node = process.execPath, env = process.env } = {}) {
  // Shebangs (`#!/usr/bin/env node`) and grandchildren must meet the same Node.
  const path = [dirname(node), env["PATH"]].filter(Boolean).join(delimiter);
  const child = spawn(node, args, { cwd: root, stdio: "inherit", env: { ...env, PATH: path } });

  // A terminal sends Ctrl-C to the whole foreground group: passing it on would make the child see it twice,
  // and many programs take the second one as "stop without cleaning up".
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, pass);

  // `npm` dies of a signal without telling what its shell started: that would leave the child, and its servers, behind.
  const orphaned = setInterval(() => process.ppid !== parent && child.kill("SIGTERM"), 500);

  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]));
  }).finally(() => {
    clearInterval(orphaned);
    for (const signal of signals) process.off(signal, pass);
  });
}
