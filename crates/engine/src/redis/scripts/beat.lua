-- Appends a heartbeat, if the log is still the one that its sender follows.
-- A failover that the connection has hidden shows here: what the sender has followed must still be there.
-- KEYS: log, epoch, beat. ARGV: epoch, server, sent, length of the beat stream, the position followed or an empty text.
local epoch = redis.call('GET', KEYS[2])
if not epoch or redis.call('XLEN', KEYS[1]) == 0 then
  return { 'other', '' }
end
if epoch ~= ARGV[1] then
  return { 'other', epoch }
end
if ARGV[5] ~= '' and #redis.call('XRANGE', KEYS[1], ARGV[5], ARGV[5], 'COUNT', 1) == 0 then
  return { 'lost', '' }
end
local position = redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'server', ARGV[2], 'sent', ARGV[3])
return { 'at', position }
