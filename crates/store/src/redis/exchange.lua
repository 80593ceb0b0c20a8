-- One exchange with the journal (docs/adr/0011): appends what is not there yet, says what follows.
-- KEYS: the log, the ids that were put there, what is known about it.
-- ARGV: notes kept, ids kept, notes of a page; the reader's epoch (0: none), how far it read, the id
-- of the last note it read ('' : none); then the new notes, each with its id in its first 16 bytes.
local log, ids, about = KEYS[1], KEYS[2], KEYS[3]
local function text(number) return string.format('%.0f', number) end

local epoch = redis.call('HGET', about, 'epoch')
if not epoch then
  local time = redis.call('TIME')
  epoch = text(time[1] * 1000000 + time[2])
  redis.call('UNLINK', log, ids)
  redis.call('HSET', about, 'epoch', epoch, 'length', 0, 'sealed', 0)
end
local sealed = tonumber(redis.call('HGET', about, 'sealed'))
local length = tonumber(redis.call('HGET', about, 'length'))
local read = tonumber(ARGV[5])
-- Always a write: what is answered is certain only once the replicas have it.
redis.call('HINCRBY', about, 'asked', 1)

if ARGV[4] ~= '0' and ARGV[4] ~= epoch then
  return { 'other', tonumber(epoch) }
end
-- The log alone was taken away (an eviction, a DEL): what was counted is no longer known to all.
if redis.call('XLEN', log) < math.min(length, tonumber(ARGV[1])) then
  if ARGV[4] == '0' then
    return { 'other', tonumber(epoch) }
  end
  return { 'lost' }
end
if read > length then
  return { 'lost' }
end
if ARGV[6] ~= '' then
  local last = redis.call('XRANGE', log, text(read), text(read))[1]
  if not last then
    return { 'behind' }
  end
  if string.sub(last[2][2], 1, 16) ~= ARGV[6] then
    return { 'lost' }
  end
end

local till = length
if #ARGV > 6 then
  till = read
end
for place = 7, #ARGV do
  local id = string.sub(ARGV[place], 1, 16)
  local known = tonumber(redis.call('ZSCORE', ids, id) or nil)
  if not known then
    length = length + 1
    known = length
    redis.call('XADD', log, 'MAXLEN', '~', ARGV[1], text(length) .. '-1', 'n', ARGV[place])
    redis.call('ZADD', ids, length, id)
  end
  if known > till then
    till = known
  end
end
redis.call('HSET', about, 'length', text(length))
if sealed == 1 then
  redis.call('ZREMRANGEBYSCORE', ids, '-inf', text(length - ARGV[2]))
end

local before, notes = read, {}
local found = redis.call('XRANGE', log, text(read + 1), '+', 'COUNT', ARGV[3])
for place, entry in ipairs(found) do
  if place == 1 then
    before = tonumber(string.match(entry[1], '^%d+')) - 1
  end
  notes[place] = entry[2][2]
end
return { 'page', tonumber(epoch), sealed, before, till, notes }
