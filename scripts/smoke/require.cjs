// ESM only, and still at hand for CommonJS: every subpath, and one class wherever it comes from. But one subpath is
// nothing without its package, which is not here, and which it names.
const assert = require("node:assert/strict");

const { exports: subpaths } = require("coatcheck/package.json");
const named = Object.keys(subpaths).filter((subpath) => subpath !== "./devalue");
for (const subpath of named) require(`coatcheck${subpath.slice(1)}`);
assert.throws(() => require("coatcheck/devalue"), { code: "ERR_MODULE_NOT_FOUND", message: /package 'devalue'/ });

const { createSessions, InvalidOption } = require("coatcheck");
const { memory } = require("coatcheck/memory");
assert.throws(() => memory({ max: 0 }), InvalidOption);
assert.equal(typeof createSessions({ engine: memory() }).get, "function");
