-- The same as `Count` in limits.rs, for all instances: one key per rule, all or none of them taken.
-- KEYS: the counts. ARGV: now, then limit, window and first wait (0: until the window ends) of each; in seconds.
local now = tonumber(ARGV[1])
local counts, wait = {}, 0
for i, key in ipairs(KEYS) do
  local kept = redis.call('HMGET', key, 'taken', 'shut', 'expires')
  local count = { taken = tonumber(kept[1]) or 0, shut = tonumber(kept[2]) or 0, expires = tonumber(kept[3]) or 0 }
  -- What ends later than it could if it began now was counted before the clock was set back.
  if count.expires <= now or count.expires - now > 2 * tonumber(ARGV[3 * i]) then
    count = { taken = 0, shut = 0, expires = 0 }
  end
  wait = math.max(wait, count.shut - now)
  counts[i] = count
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local count = counts[i]
  local limit, window, first = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  count.taken = count.taken + 1
  if first > 0 then
    if count.taken >= limit then count.shut = now + math.min(first * 2 ^ (count.taken - limit), window) end
    count.expires = math.max(count.shut, now) + window
  else
    if count.taken == 1 then count.expires = now + window end
    if count.taken >= limit then count.shut = count.expires end
  end
  redis.call('HSET', key, 'taken', count.taken, 'shut', count.shut, 'expires', count.expires)
  redis.call('EXPIRE', key, count.expires - now)
end
return 0
