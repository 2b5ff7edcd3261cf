-- Adds what one instance has counted, and gives what all have: the same units as in pace.rs, by the clock of Redis.
-- KEYS: the levels. ARGV: requests in a minute, then how many each has made.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit = tonumber(ARGV[1])
-- What instances have let through beyond the limit before they knew is made up for, but not for ever.
local most = 2 * limit * 60000
local levels = {}
for i, key in ipairs(KEYS) do
  local units, at = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
  units, at = tonumber(units) or 0, tonumber(at) or now
  -- Nothing has drained where the clock was set back.
  units = math.max(0, units - math.max(0, now - at) * limit)
  units = math.min(units + ARGV[i + 1] * 60000, most)
  redis.call('SET', key, string.format('%.0f %.0f', units, now), 'PX', 121000)
  levels[i] = units
end
return levels
