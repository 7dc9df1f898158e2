import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const example = join(root, 'examples', 'cities');
export const tokenFile = join(example, '.tmp', 'demo-token');
export const logOf = (name) => join(root, '.cache', 'demo', `${name}.log`);
