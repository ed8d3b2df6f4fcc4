-- Writes rows of many entities, each only where the stored one is not newer.
-- KEYS: the entities. ARGV: whether they all differ, 1 or 0; the first four bytes of the earliest
-- event time of the rows, 0 where a row can't be read; then runs of entities with rows of the same
-- fields. A run is the number of its entities, the number of their fields, the fields, and then
-- each entity's rows.
-- Answers with the numbers of the rows that were not stored, since the stored one is newer, counted
-- from 1. Times are compared as halves of 32 bits: Lua's numbers are doubles, and its texts
-- compare by locale.

local byte, call, unpack, KEYS, ARGV = string.byte, redis.call, unpack, KEYS, ARGV

-- Whether a time is one that a row can have.
local function exists(high, low)
  return (high > first_high or (high == first_high and low >= first_low))
    and (high < last_high or (high == last_high and low <= last_low))
end

-- A time as the halves of its eight bytes, and the byte behind it; nothing for a time that no row
-- can have. Most have seven bytes; those before and after have a byte 0 or 255 and then eight.
local function halves(row, first)
  local a, b, c, d, e, f, g, h, i = byte(row, first, first + 8)
  if not g then
    return
  elseif a > 0 and a < 255 then
    return (a * 256 + b) * 256 + c + 0x7f800000, ((d * 256 + e) * 256 + f) * 256 + g, first + 7
  elseif i then
    local high, low = ((b * 256 + c) * 256 + d) * 256 + e, ((f * 256 + g) * 256 + h) * 256 + i
    local is_long = a == 0 and high < 0x7f810000 or a == 255 and high >= 0x807f0000
    if is_long and exists(high, low) then
      return high, low, first + 9
    end
  end
end

-- Event and created time of a row, each as its halves; nothing for a row that can't be read.
local function stamp(row)
  local first = byte(row, 1) or 0
  -- Beside four bits of the schema id.
  local version = first - first % 16
  if version ~= 16 and version ~= 144 then
    return
  end
  local high, low, created = halves(row, 5)
  if version == 16 then
    return high, low, -1, 0
  elseif high then
    local created_high, created_low = halves(row, created)
    if created_high then
      return high, low, created_high, created_low
    end
  end
end

local function is_older(row, stored)
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

local earliest = tonumber(ARGV[2])
-- Whether none of the entities has anything, which one command says of all.
local empty = #KEYS > 1 and ARGV[1] == '1'
  and call('EXISTS', KEYS[1]) == 0 and call('EXISTS', unpack(KEYS)) == 0
-- How many rows were looked at, and the numbers of those that are older than the stored ones.
local done, older = 0, {}

-- Whether the stored row stays.
local function stays(row, stored)
  -- Most stored rows are older than all of the call's, which a few bytes say. One that can't be
  -- read does not stay either.
  local a, b, c, d = byte(stored, 5, 8)
  return not (d and ((a * 256 + b) * 256 + c) * 256 + d < earliest) and is_older(row, stored)
end

-- Each of these writes the rows of the entities from `first` to `last`, which stand behind `before`.

local function write_one_each(first, last, before, field)
  -- Whether the last entity had nothing there, as then the next one hardly has.
  local nothing = empty
  for index = first, last do
    local key, row = KEYS[index], ARGV[before + 1 + index - first]
    done = done + 1
    if not (nothing and call('HSETNX', key, field, row) == 1) then
      local stored = call('HGET', key, field)
      nothing = not stored
      if stored and stays(row, stored) then
        older[#older + 1] = done
      else
        call('HSET', key, field, row)
      end
    end
  end
end

-- `written` has the fields at its odd indices.
local function write_to_new(first, last, before, written)
  local row = before
  for index = first, last do
    for at = 2, #written, 2 do
      row = row + 1
      written[at] = ARGV[row]
    end
    call('HSET', KEYS[index], unpack(written))
  end
  done = done + row - before
end

local function write_all(first, last, before, written, fields)
  local row = before
  for index = first, last do
    local stored, old = call('HMGET', KEYS[index], unpack(fields)), nil
    for at = 1, #fields do
      row = row + 1
      done = done + 1
      written[2 * at] = ARGV[row]
      local found = stored[at]
      if found and stays(ARGV[row], found) then
        older[#older + 1] = done
        old = old or {}
        old[at] = true
      end
    end
    if not old then
      call('HSET', KEYS[index], unpack(written))
    else
      local newer = {}
      for at = 1, #fields do
        if not old[at] then
          newer[#newer + 1], newer[#newer + 2] = fields[at], written[2 * at]
        end
      end
      if #newer > 0 then
        call('HSET', KEYS[index], unpack(newer))
      end
    end
  end
end

local key, argument = 1, 3
while key <= #KEYS do
  local last, count = key + tonumber(ARGV[argument]) - 1, tonumber(ARGV[argument + 1])
  local before = argument + 1 + count
  if count == 1 then
    write_one_each(key, last, before, ARGV[argument + 2])
  else
    local fields, written = {}, {}
    for index = 1, count do
      local field = ARGV[argument + 1 + index]
      fields[index], written[2 * index - 1], written[2 * index] = field, field, ''
    end
    if empty then
      write_to_new(key, last, before, written)
    else
      write_all(key, last, before, written, fields)
    end
  end
  argument = before + count * (last - key + 1) + 1
  key = last + 1
end
return older
