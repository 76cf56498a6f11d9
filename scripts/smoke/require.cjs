// ESM only, and still at hand for CommonJS: every subpath, and one class wherever it comes from.
const assert = require("node:assert/strict");

const { exports: subpaths } = require("coatcheck/package.json");
for (const subpath of Object.keys(subpaths)) require(`coatcheck${subpath.slice(1)}`);

const { createSessions, InvalidOption } = require("coatcheck");
const { memory } = require("coatcheck/memory");
assert.throws(() => memory({ max: 0 }), InvalidOption);
assert.equal(typeof createSessions({ engine: memory() }).get, "function");
