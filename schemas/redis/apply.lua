-- Applies writes of one owner (a match, a player, a feed), each only if its revision is strictly
-- greater than the one its field was last written by. Whatever is sent twice, or late, or once more
-- after a recovery, changes nothing.
--
-- KEYS     all in one slot: document, revisions, timeline, events, hash
-- ARGV[1]  MessagePack: a list of {operation, member, revision, body, place}
-- ARGV[2]  seconds the written keys live on, at least; 0: for ever
-- Returns  the number of writes that were applied.
--
-- Operations: merge (body into the document), event and drop (timeline), field (hash).
local DOCUMENT, REVISIONS, TIMELINE, EVENTS, HASH = 1, 2, 3, 4, 5

local writes = cmsgpack.unpack(ARGV[1])
local ttl = tonumber(ARGV[2])
local applied, touched = 0, {}

local function touch(key)
  touched[KEYS[key]] = true
end

local apply = {
  merge = function(_, body)
    -- JSON.MERGE on a missing key would keep a null that means "not known" as a field.
    if redis.call('EXISTS', KEYS[DOCUMENT]) == 0 then
      redis.call('JSON.SET', KEYS[DOCUMENT], '$', '{}')
    end
    redis.call('JSON.MERGE', KEYS[DOCUMENT], '$', body)
    touch(DOCUMENT)
  end,
  event = function(member, body, place)
    redis.call('ZADD', KEYS[TIMELINE], place, member)
    redis.call('HSET', KEYS[EVENTS], member, body)
    touch(TIMELINE)
    touch(EVENTS)
  end,
  drop = function(member)
    redis.call('ZREM', KEYS[TIMELINE], member)
    redis.call('HDEL', KEYS[EVENTS], member)
  end,
  field = function(member, body)
    redis.call('HSET', KEYS[HASH], member, body)
    touch(HASH)
  end,
}

for _, write in ipairs(writes) do
  local operation, member, revision, body, place = unpack(write)
  local written = redis.call('HGET', KEYS[REVISIONS], member)
  if not written or revision > written then
    redis.call('HSET', KEYS[REVISIONS], member, revision)
    apply[operation](member, body, place)
    applied = applied + 1
  end
end

if applied > 0 and ttl > 0 then
  touch(REVISIONS)
  for key in pairs(touched) do
    redis.call('EXPIRE', key, ttl, 'NX')
    redis.call('EXPIRE', key, ttl, 'GT')
  end
end
return applied
