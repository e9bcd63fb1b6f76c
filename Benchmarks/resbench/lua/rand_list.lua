-- GET a random page; args: prefix pages [rows per page, where the prefix ends in an offset instead of a page number]
local prefix, pages, rows
init = function(args) prefix, pages, rows = args[1], tonumber(args[2]), tonumber(args[3]); math.randomseed(os.time()) end
request = function()
  local page = math.random(pages)
  return wrk.format("GET", prefix .. (rows and (page - 1) * rows or page))
end
