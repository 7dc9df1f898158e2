'use strict';

// Counts the commands in a stream of the Redis protocol. Clients send each as an array of bulk strings:
// *2\r\n$3\r\nGET\r\n$1\r\na\r\n. What is inside a string is skipped, whatever it looks like.

const CR = 13;
const LF = 10;

/** `count(chunk)` gives the number of commands that begin in it. */
exports.createCommandCounter = () => {
  let line = '';
  let stringsLeft = 0;
  let bytesToSkip = 0;

  /** @returns 1 if the line begins a command */
  const endLine = () => {
    const kind = line[0];
    const length = Number(line.slice(1));
    line = '';
    if (kind === '*') {
      stringsLeft = Math.max(length, 0);
      return 1;
    }
    if (kind === '$' && stringsLeft > 0) {
      stringsLeft -= 1;
      bytesToSkip = length + 2;
    }
    return 0;
  };

  return (chunk) => {
    let commands = 0;
    for (let i = 0; i < chunk.length; ) {
      if (bytesToSkip > 0) {
        const skipped = Math.min(bytesToSkip, chunk.length - i);
        bytesToSkip -= skipped;
        i += skipped;
      } else {
        const byte = chunk[i];
        if (byte === LF) commands += endLine();
        else if (byte !== CR) line += String.fromCharCode(byte);
        i += 1;
      }
    }
    return commands;
  };
};
