-- GET a random page; args: prefix pages [step [first]]
-- The prefix ends in a page number, or with a step in first + page * step, where pages count from 0.
local prefix, pages, step, first
init = function(args) prefix, pages, step, first = args[1], tonumber(args[2]), tonumber(args[3]), tonumber(args[4]) or 0; math.randomseed(os.time()) end
request = function()
  local page = math.random(pages)
  return wrk.format("GET", prefix .. (step and first + (page - 1) * step or page))
end
