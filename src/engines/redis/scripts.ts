import { createHash } from "node:crypto";
import { FIRST_FIELD, NO_ENTRY } from "./record.ts";

/** A script of one key. The server decides and acts in one step; what it is called with says all it needs to know. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/** What `update` and `touch` answer, alone or before more. After a refusal follows the record's entry, if there is a record. */
export const REFUSED = 0;
export const DONE = 1;
/** Nothing was changed: the index of the user that follows has to name the record first. */
export const INDEX_FIRST = 2;
/** It is done, and the entry that follows, in the index of the user after it, is of no use any more. */
export const DONE_REPLACING = 3;

// Times are compared as numbers: Lua compares texts by the server's locale. Doubles hold every instant exactly.
const record = `
local text = redis.call('GET', KEYS[1])
if not text then return ${REFUSED} end
local expires, covered, entry, created, revision, user =
  string.match(text, '^cc1 (%d+) %d+ (%d+) (%S+) (%d+) (%S+) %S+ ([^\\n]*)\\n')
if not expires then return redis.error_reply('WRONGTYPE not a record of Coatcheck') end
`;

const liveAtRevision = `${record}
local expected, now, ttl, expiresAt, renewedAt, offered = unpack(ARGV)
local offeredCover, none, replaced = ARGV[7], '${NO_ENTRY.name}', entry
if revision ~= expected or tonumber(expires) <= tonumber(now) then return {${REFUSED}, entry} end
`;

const answer = `
if replaced ~= none and replaced ~= entry then return {${DONE_REPLACING}, replaced, user} end
return ${DONE}
`;

/** For `fresh`: to every client a script may write, so none sends it to a replica, however it is set up. */
export const readOfPrimary: Script = script("return redis.call('GET', KEYS[1])");

/** Expected revision, now, ttl, expiresAt, renewedAt, entry, covered, user, revision and secret hash, payload. */
export const update: Script = script(`${liveAtRevision}
local newUser, key, payload = ARGV[8], ARGV[9], ARGV[10]
if newUser == '' then
  entry, covered = none, '${"0".repeat(16)}'
elseif offered ~= none then
  entry, covered = offered, offeredCover
elseif newUser ~= user or tonumber(covered) < tonumber(expiresAt) then
  return {${INDEX_FIRST}, newUser}
end
local header = table.concat({'cc1', expiresAt, renewedAt, covered, entry, created, key, newUser}, ' ')
redis.call('SET', KEYS[1], header .. '\\n' .. payload, 'PX', ttl)
${answer}`);

/** Expected revision, now, ttl, expiresAt, renewedAt, entry, covered. */
export const touch: Script = script(`${liveAtRevision}
if tonumber(expires) >= tonumber(expiresAt) then
  if offered ~= none and offered ~= entry then return {${DONE_REPLACING}, offered, user} end
  return ${DONE}
end
if offered ~= none then
  entry, covered = offered, offeredCover
elseif user ~= '' and tonumber(covered) < tonumber(expiresAt) then
  return {${INDEX_FIRST}, user}
end
redis.call('SETRANGE', KEYS[1], ${FIRST_FIELD}, table.concat({expiresAt, renewedAt, covered, entry}, ' '))
redis.call('PEXPIRE', KEYS[1], ttl)
${answer}`);

/** User. Answers the entry of what it removed. */
export const deleteOfUser: Script = script(`${record}
if user ~= ARGV[1] then return ${REFUSED} end
redis.call('DEL', KEYS[1])
return entry`);

/** Member, covered, the instant before which members are dead, ttl. */
export const addToIndex: Script = script(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return ${DONE}`);

/** A script for the same reason as `readOfPrimary`. */
export const membersOfIndex: Script = script("return redis.call('ZRANGE', KEYS[1], 0, -1)");

function script(source: string): Script {
  return { source, sha: createHash("sha1").update(source).digest("hex") };
}
