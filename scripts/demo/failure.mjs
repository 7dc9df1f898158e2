import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from './places.mjs';

const TAIL = 30;

// What a person can act on: shown without a stack trace, with the end of a log where there is one.
export class Failure extends Error {
  constructor(message, { log } = {}) {
    super(message);
    this.log = log;
  }

  toString() {
    if (!this.log || !existsSync(this.log)) return this.message;
    const lines = readFileSync(this.log, 'utf8').trimEnd().split('\n').slice(-TAIL);
    const shown = lines.map((line) => `  | ${line}`).join('\n');
    return `${this.message}\nThe last ${lines.length} lines of ${relative(root, this.log)}:\n${shown}`;
  }
}

export class Interrupted extends Error {}
