-- Looks at the log at one moment. What is missing is an empty text: a nil would end the array.
-- KEYS: log, epoch. ARGV: two positions or empty texts.
local function holds(position)
  if position == '' then
    return 0
  end
  return #redis.call('XRANGE', KEYS[1], position, position, 'COUNT', 1)
end
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last then
  return { '', '', '', 0, 0 }
end
local epoch = redis.call('GET', KEYS[2]) or ''
return { epoch, first[1], last[1], holds(ARGV[1]), holds(ARGV[2]) }
