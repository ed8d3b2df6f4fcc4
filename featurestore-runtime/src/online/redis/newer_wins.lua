-- Writes rows of many entities, each only where the stored one is not newer.
-- KEYS: the entities. ARGV: runs of entities with rows of the same fields. A run is the number of
-- its entities, the number of their fields, the fields, and then each entity's rows.
-- Answers with the places of the rows that were not stored, since the stored one is newer, counted
-- from 1. Times are compared as halves of 32 bits: Lua's numbers are doubles, and its texts
-- compare by locale.

local byte, call, unpack = string.byte, redis.call, unpack

-- Whether a time is one that a row can have.
local function exists(high, low)
  return (high > first_high or (high == first_high and low >= first_low))
    and (high < last_high or (high == last_high and low <= last_low))
end

-- The eight bytes of a time as its halves; nothing for a time that no row can have.
local function halves(row, place)
  local a, b, c, d, e, f, g, h = byte(row, place, place + 7)
  local high, low = ((a * 256 + b) * 256 + c) * 256 + d, ((e * 256 + f) * 256 + g) * 256 + h
  if exists(high, low) then
    return high, low
  end
end

-- Event and created time of a row, each as its halves; nothing for a row that can't be read.
local function stamp(row)
  local version = byte(row, 1)
  if version == 1 and #row >= 13 then
    local high, low = halves(row, 6)
    return high, low, -1, 0
  elseif version == 129 and #row >= 21 then
    local high, low = halves(row, 6)
    local created_high, created_low = halves(row, 14)
    if created_high then
      return high, low, created_high, created_low
    end
  end
end

local function is_older(row, stored)
  -- Most rows have no created time, and an event time that differs.
  local v, _, _, _, _, a, b, c, d, e, f, g, h = byte(stored, 1, 13)
  local w, _, _, _, _, i, j, k, l, m, n, o, p = byte(row, 1, 13)
  if v == 1 and w == 1 and h and p then
    local high, row_high = ((a * 256 + b) * 256 + c) * 256 + d, ((i * 256 + j) * 256 + k) * 256 + l
    if high > first_high and high < last_high and row_high > first_high and row_high < last_high then
      if row_high ~= high then
        return row_high < high
      end
      return ((m * 256 + n) * 256 + o) * 256 + p < ((e * 256 + f) * 256 + g) * 256 + h
    end
  end
  local high, low, created_high, created_low = stamp(stored)
  if not high then
    return false
  end
  local row_high, row_low, row_created_high, row_created_low = stamp(row)
  if not row_high then
    return true
  elseif row_high ~= high then
    return row_high < high
  elseif row_low ~= low then
    return row_low < low
  elseif row_created_high ~= created_high then
    return row_created_high < created_high
  end
  return row_created_low < created_low
end

-- How many rows were looked at, and the places of those that are older than the stored ones.
local done, older = 0, {}
-- Whether the last entity had nothing, as then the next one hardly has: what is cheapest if it
-- has nothing is tried first.
local empty = false

local function write_one(key, field, row)
  done = done + 1
  if empty and call('HSETNX', key, field, row) == 1 then
    return
  end
  local stored = call('HGET', key, field)
  empty = not stored
  if stored and is_older(row, stored) then
    older[#older + 1] = done
  else
    call('HSET', key, field, row)
  end
end

-- Writes an entity's rows, which stand behind `before`. `written` has the fields at its odd
-- places.
local function write_all(key, fields, count, before, written)
  local stored
  if not empty or call('EXISTS', key) == 1 then
    stored = call('HMGET', key, unpack(fields))
    empty = true
  end
  local known = #older
  for place = 1, count do
    local row, found = ARGV[before + place], stored and stored[place]
    if found then
      empty = false
      if is_older(row, found) then
        older[#older + 1] = done + place
        row = false
      end
    end
    written[2 * place] = row
  end
  done = done + count
  if #older == known then
    call('HSET', key, unpack(written, 1, 2 * count))
  elseif #older < known + count then
    local some = {}
    for place = 1, count do
      if written[2 * place] then
        some[#some + 1], some[#some + 2] = fields[place], written[2 * place]
      end
    end
    call('HSET', key, unpack(some))
  end
end

local key, place = 1, 1
while key <= #KEYS do
  local last, count = key + tonumber(ARGV[place]) - 1, tonumber(ARGV[place + 1])
  local row = place + 1 + count
  if count == 1 then
    local field = ARGV[place + 2]
    for index = key, last do
      row = row + 1
      write_one(KEYS[index], field, ARGV[row])
    end
  else
    local fields, written = {}, {}
    for index = 1, count do
      fields[index] = ARGV[place + 1 + index]
      written[2 * index - 1] = fields[index]
    end
    for index = key, last do
      write_all(KEYS[index], fields, count, row, written)
      row = row + count
    end
  end
  key, place = last + 1, row + 1
end
return older
