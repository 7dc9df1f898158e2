#!/usr/bin/env node
// Loads the built addon in this Node, through the generated loader. It proves that the binary fits the
// system (processor, libc, N-API version); what the addon does is the tests' business.
import { createRequire } from 'node:module';

const binding = createRequire(import.meta.url)('../native/binding.js');
const names = Object.keys(binding).filter((name) => !name.startsWith('__'));
if (binding.__napiBindingTarget !== 'native' || names.length === 0) {
  console.error('the loader returned something that is not the addon');
  process.exit(1);
}
const libc = process.report.getReport().header.glibcVersionRuntime ?? 'none';
console.log(
  `node ${process.version} on ${process.platform}-${process.arch}, glibc ${libc}: ${names.join(' ')}`,
);
