-- Writes rows of many entities, each only where the stored one is not newer.
-- KEYS: the entities. ARGV: per entity the number of its rows, then their fields, then the rows.
-- Answers with a character per row, in order: 1 where it was stored, 0 where the stored one is
-- newer. Times are compared as halves of 32 bits: Lua's numbers are doubles, and its texts
-- compare by locale.

local byte, unpack_integers = string.byte, struct.unpack

local function exists(high, low)
  return (high > first_high or (high == first_high and low >= first_low))
    and (high < last_high or (high == last_high and low <= last_low))
end

-- Event and created time of a row, each as its halves; nothing for a row that can't be read.
local function stamp(row)
  local version = byte(row, 1)
  if version == 1 and #row >= 13 then
    local high, low = unpack_integers('>I4I4', row, 6)
    if exists(high, low) then
      return high, low, -1, 0
    end
  elseif version == 129 and #row >= 21 then
    local high, low, created_high, created_low = unpack_integers('>I4I4I4I4', row, 6)
    if exists(high, low) and exists(created_high, created_low) then
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

local answers, answered = {}, 0
local place = 1
for index = 1, #KEYS do
  local key, count = KEYS[index], tonumber(ARGV[place])
  local fields, rows = place, place + count
  if count == 1 then
    local stored = redis.call('HGET', key, ARGV[fields + 1])
    answered = answered + 1
    if stored and is_older(ARGV[rows + 1], stored) then
      answers[answered] = '0'
    else
      redis.call('HSET', key, ARGV[fields + 1], ARGV[rows + 1])
      answers[answered] = '1'
    end
  else
    local stored = redis.call('HMGET', key, unpack(ARGV, fields + 1, fields + count))
    local written, length = {}, 0
    for row = 1, count do
      answered = answered + 1
      if stored[row] and is_older(ARGV[rows + row], stored[row]) then
        answers[answered] = '0'
      else
        written[length + 1], written[length + 2] = ARGV[fields + row], ARGV[rows + row]
        length = length + 2
        answers[answered] = '1'
      end
    end
    if length > 0 then
      redis.call('HSET', key, unpack(written))
    end
  end
  place = rows + count + 1
end
return table.concat(answers)
