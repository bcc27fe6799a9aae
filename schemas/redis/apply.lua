-- Applies writes of one owner (a match, a player, a feed, a board's table), each only if its
-- revision is strictly greater than the one its field was last written by. Whatever is sent twice,
-- or late, or once more after a recovery, changes nothing.
--
-- KEYS     all in one slot: document, revisions; of a match also timeline, events, hash, scores,
--          statuses; of a board's table ranks, revisions, standings
-- ARGV[1]  MessagePack: a list of {operation, member, revision, body, place}, a member once
-- ARGV[2]  seconds the keys live on, at least; 0: for ever
-- ARGV[3]  the same for a match that has ended, or a poll that was archived
-- Returns  the number of writes that were applied. If some failed, a list: that number, and of each
--          that did its place in ARGV[1] and why. All others are in. The place 0 is of no write: the
--          match could not be described, see below, while all that was applied is in.
--
-- Operations: merge (body into the document), event and drop (timeline), field (hash), attack (the
-- same of a step of momentum, and the windows that it is in), count (a document that is a hash),
-- replace (the document, which is also told on the channel `member`), rank and unrank (a member in
-- a table, by `place`; until when the table is kept is in the body).
--
-- A match's clock, period, status and asserted score are those of the last event, in the order of
-- the game, that says something of them. They are looked up here, where that order is kept: after
-- a correction or a deletion of the last event, the one before it is the last again.
--
-- All that is merged into the document is one JSON.MERGE: with each one the document's part of the
-- search index is made anew. Hence a body has no empty list, and no number of over 14 digits: cjson
-- would not write them as they were.
local DOCUMENT, REVISIONS, TIMELINE, EVENTS, HASH, SCORES, STATUSES = 1, 2, 3, 4, 5, 6, 7
local RANKS, STANDINGS = 1, 3
local FINAL = { ENDED = true, ABANDONED = true }
-- Added to the place of an event that ends the match: whatever comes later does not take it back.
local AFTER_ALL = 2 ^ 40
local LOOK = 16
-- Of momentum: a window of five minutes ends every ten seconds. (`jobs/measures.py` has them, too.)
local STEP_MS, WINDOW_MS = 10000, 300000
local MEMBER, REVISION = 2, 3
local NO_WRITE = 0

local writes = cmsgpack.unpack(ARGV[1])
local applied, refused, ended, kept_until = 0, {}, false, 0
-- What is to be merged into the document, as its only body if it is one; the places of the writes
-- that it is from; the revisions of what was written.
local merged, only, merging, revisions = nil, nil, {}, {}

local function list(key, place, member)
  if place then
    redis.call('ZADD', KEYS[key], place, member)
  else
    redis.call('ZREM', KEYS[key], member)
  end
end

local function known(value)
  return value ~= nil and value ~= cjson.null
end

-- Whether an event asserts neither score nor status, as most; false if it takes a decoder to know.
local function says_nothing(body)
  return body:find('"home_score":null', 1, true) and body:find('"match_status":null', 1, true)
end

-- Momentum, of all windows that the step is in: each is the sum of its steps.
local function add_up(step_ms)
  local steps = WINDOW_MS / STEP_MS
  local names = {}
  for away = 1 - steps, steps - 1 do
    table.insert(names, ('attack:%d'):format(step_ms + away * STEP_MS))
  end
  local bodies = redis.call('HMGET', KEYS[HASH], unpack(names))
  local home, away, windows = 0, 0, {}
  for last = 1, #names do
    local entering, leaving = bodies[last], bodies[last - steps]
    if entering then
      local attack = cjson.decode(entering)
      home, away = home + attack.home, away + attack.away
    end
    if leaving then
      local attack = cjson.decode(leaving)
      home, away = home - attack.home, away - attack.away
    end
    if last >= steps then
      table.insert(windows, ('momentum:%d'):format(step_ms + (last - steps + 1) * STEP_MS))
      table.insert(windows, ('{"home":%d,"away":%d}'):format(home, away))
    end
  end
  redis.call('HSET', KEYS[HASH], unpack(windows))
end

local function leave(member)
  local standing = redis.call('HGET', KEYS[STANDINGS], member)
  if standing then
    redis.call('ZREM', KEYS[RANKS], cjson.decode(standing).rank)
    redis.call('HDEL', KEYS[STANDINGS], member)
  end
end

local function refuse(index, why)
  table.insert(refused, index)
  table.insert(refused, type(why) == 'table' and why.err or tostring(why))
end

-- What is in `body` comes into `document`, and into the objects in it.
local function merge(document, body)
  for name, value in pairs(body) do
    if type(value) == 'table' and type(document[name]) == 'table' then
      merge(document[name], value)
    else
      document[name] = value
    end
  end
end

local apply = {
  merge = function(_, body)
    local object = cjson.decode(body)
    if merged then
      merge(merged, object)
      only = nil
    else
      merged, only = object, body
    end
  end,
  event = function(member, body, place)
    local is_new = redis.call('HSET', KEYS[EVENTS], member, body) == 1
    list(TIMELINE, place, member)
    if is_new and says_nothing(body) then
      return
    end
    local event = cjson.decode(body)
    list(SCORES, known(event.home_score) and place, member)
    local status = known(event.match_status) and event.match_status
    list(STATUSES, status and (FINAL[status] and place + AFTER_ALL or place), member)
  end,
  drop = function(member)
    redis.call('HDEL', KEYS[EVENTS], member)
    list(TIMELINE, false, member)
    list(SCORES, false, member)
    list(STATUSES, false, member)
  end,
  replace = function(channel, body)
    redis.call('JSON.SET', KEYS[DOCUMENT], '$', body)
    redis.call('PUBLISH', channel, body)
    ended = cjson.decode(body).status == 'ARCHIVED'
  end,
  rank = function(member, body, value)
    local standing = cjson.decode(body)
    leave(member)
    redis.call('ZADD', KEYS[RANKS], value, standing.rank)
    redis.call('HSET', KEYS[STANDINGS], member, body)
    kept_until = math.max(kept_until, standing['until'])
  end,
  unrank = function(member, body)
    leave(member)
    kept_until = math.max(kept_until, cjson.decode(body)['until'])
  end,
  count = function(member, body)
    redis.call('HSET', KEYS[DOCUMENT], member, body)
  end,
  field = function(member, body)
    redis.call('HSET', KEYS[HASH], member, body)
  end,
  attack = function(member, body)
    local step_ms = assert(tonumber(member:match('%d+$')), 'a step without its time')
    redis.call('HSET', KEYS[HASH], member, body)
    add_up(step_ms)
  end,
}

local function event_of(member)
  return cjson.decode(redis.call('HGET', KEYS[EVENTS], member))
end

-- The last event of the match that has a clock.
local function last_moment()
  local start, look = 0, 1
  while true do
    local members = redis.call('ZREVRANGE', KEYS[TIMELINE], start, start + look - 1)
    for _, member in ipairs(members) do
      local event = event_of(member)
      if event.period > 0 then
        return event
      end
    end
    if #members < look then
      return { period = 0, clock = '' }
    end
    start, look = start + look, LOOK
  end
end

-- The score that the last event asserts; of several at the same moment (free throws), the highest.
local function last_score()
  local top = redis.call('ZREVRANGE', KEYS[SCORES], 0, 1, 'WITHSCORES')
  if #top == 4 and top[4] == top[2] then
    top = redis.call('ZREVRANGE', KEYS[SCORES], 0, LOOK - 1, 'WITHSCORES')
  end
  local best
  for index = 1, #top, 2 do
    if top[index + 1] ~= top[2] then
      break
    end
    local event = event_of(top[index])
    if not best or event.home_score + event.away_score > best.home + best.away then
      best = { home = event.home_score, away = event.away_score }
    end
  end
  return best
end

local function stored(path)
  local found = redis.call('JSON.GET', KEYS[DOCUMENT], path)
  return found and cjson.decode(found)[1] or nil
end

local function computed_score()
  local score = merged and merged.score
  if score and score.computed then
    return score.computed
  end
  return stored('$.score.computed')
end

-- What is said of a match whose events say nothing of its status. If its timeline is not whole, as
-- after its keys had expired, its status is not known; else it is on, as there are events of it.
local function status_unsaid()
  local events = merged and merged.events or stored('$.events')
  return known(events) and redis.call('ZCARD', KEYS[TIMELINE]) < events and 'UNKNOWN' or 'LIVE'
end

local function describe()
  local computed = computed_score()
  if not computed then
    return -- only totals so far
  end
  local asserted, moment = last_score(), last_moment()
  local said = redis.call('ZREVRANGE', KEYS[STATUSES], 0, 0)[1]
  local status = said and event_of(said).match_status or status_unsaid()
  local shown = asserted or computed
  local differs = shown.home ~= computed.home or shown.away ~= computed.away
  merged, only = merged or {}, nil
  merge(merged, {
    status = status,
    period = tostring(moment.period),
    clock = moment.clock,
    score = { home = shown.home, away = shown.away, asserted = asserted or cjson.null },
    quality = { score_disagrees = differs },
  })
  ended = FINAL[status]
end

local function merge_all()
  -- JSON.MERGE on a missing key would keep a null that means "not known" as a field.
  if redis.call('EXISTS', KEYS[DOCUMENT]) == 0 then
    redis.call('JSON.SET', KEYS[DOCUMENT], '$', '{}')
  end
  redis.call('JSON.MERGE', KEYS[DOCUMENT], '$', only or cjson.encode(merged))
end

-- After the write itself: one that Redis refuses is not taken for written when it comes again.
local function note(index)
  table.insert(revisions, writes[index][MEMBER])
  table.insert(revisions, writes[index][REVISION])
  applied = applied + 1
end

local members = {}
for index, packed in ipairs(writes) do
  members[index] = packed[MEMBER]
end
local written = #writes > 0 and redis.call('HMGET', KEYS[REVISIONS], unpack(members))

for index, packed in ipairs(writes) do
  local operation, member, revision, body, place = unpack(packed)
  if not written[index] or revision > written[index] then
    local done, why = pcall(apply[operation], member, body, place)
    if not done then
      refuse(index, why)
    elseif operation == 'merge' then
      table.insert(merging, index)
    else
      note(index)
    end
  end
end

if KEYS[STATUSES] and (applied > 0 or #merging > 0) then
  local done, why = pcall(describe)
  if not done then
    refuse(NO_WRITE, why)
  end
end
if merged then
  local done, why = pcall(merge_all)
  if done then
    for _, index in ipairs(merging) do
      note(index)
    end
  else
    for _, index in ipairs(#merging > 0 and merging or { NO_WRITE }) do
      refuse(index, why)
    end
  end
end
if #revisions > 0 then
  redis.call('HSET', KEYS[REVISIONS], unpack(revisions))
end

if applied > 0 then
  local ttl = tonumber(ended and ARGV[3] or ARGV[2])
  -- All of them, also those that were not written: none may go before the others.
  for _, key in ipairs(KEYS) do
    if ttl > 0 then
      -- What has no end yet is not shorter for GT.
      if redis.call('EXPIRE', key, ttl, 'GT') == 0 then
        redis.call('EXPIRE', key, ttl, 'NX')
      end
    end
    if kept_until > 0 then
      redis.call('PEXPIREAT', key, kept_until, 'NX')
      redis.call('PEXPIREAT', key, kept_until, 'GT')
    end
  end
end
if #refused > 0 then
  return { applied, unpack(refused) }
end
return applied
