-- Changes an entity's state of a window view in one step, where the one that is there is the expected
-- one, or is what this call would write, since it was asked before and the answer was lost.
-- KEYS: the entity. ARGV: the view's field; the number that its summary is to have, and the summary that
-- is to be there from now on, each behind a `=`, or nothing where there is none; whether those of the
-- state's fields go that are not named, 1 or 0; how many of those that are named go; these; then each
-- field that is set, and its bytes.
-- Answers 1 where it was written, 0 where another state is there.

local call, sub, unpack, ARGV = redis.call, string.sub, unpack, ARGV
local key, field, summary = KEYS[1], ARGV[1], ARGV[3]
-- A call has no more values than Lua's stack takes.
local STEP = 2000

local stored = call('HGET', key, field)
-- The number stands behind version and schema id.
local number = stored and '=' .. sub(stored, 5, 12) or ''
if number ~= ARGV[2] and (stored and '=' .. stored or '') ~= summary then
  return 0
end

local first = 6 + tonumber(ARGV[5])
if summary ~= '' then
  call('HSET', key, field, sub(summary, 2))
end
for index = first, #ARGV, STEP do
  call('HSET', key, unpack(ARGV, index, math.min(index + STEP - 1, #ARGV)))
end

local removed = {}
if summary == '' and stored then
  removed[1] = field
end
if ARGV[4] == '1' then
  local set, prefix = {}, field .. '/'
  for index = first, #ARGV, 2 do
    set[ARGV[index]] = true
  end
  for _, name in ipairs(call('HKEYS', key)) do
    if sub(name, 1, #prefix) == prefix and not set[name] then
      removed[#removed + 1] = name
    end
  end
else
  for index = 6, first - 1 do
    removed[#removed + 1] = ARGV[index]
  end
end
for index = 1, #removed, STEP do
  call('HDEL', key, unpack(removed, index, math.min(index + STEP - 1, #removed)))
end
return 1
