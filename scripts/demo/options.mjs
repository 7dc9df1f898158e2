import { parseArgs } from 'node:util';
import { Failure } from './failure.mjs';

export const USAGE = `Usage: npm run demo -- [--check] [--port N]

  --check    walk, print the table, stop; the exit code says whether everything was as expected
  --port N   listen on this port (default: 1337, or any free one when 1337 is taken)`;

export function readOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: { check: { type: 'boolean' }, port: { type: 'string' }, help: { type: 'boolean' } },
    }));
  } catch (error) {
    throw new Failure(`${error.message}\n\n${USAGE}`);
  }
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) {
    throw new Failure(`--port needs a number from 1 to 65535, not ${values.port}`);
  }
  return { check: values.check ?? false, help: values.help ?? false, port };
}
