-- Random reads. Arguments: a file with one "path<TAB>token<TAB>restaurant" a line.
local requests = {}
local seeds = 0

function setup(thread)
    seeds = seeds + 1
    thread:set("seed", seeds)
end

function init(args)
    math.randomseed(seed * 7919 + 17)
    for line in io.lines(args[1]) do
        local path, token, restaurant = line:match("([^\t]*)\t([^\t]*)\t([^\t]*)")
        requests[#requests + 1] = wrk.format("GET", path, {["Authorization"] = "Bearer " .. token, ["X-Restaurant-Id"] = restaurant})
    end
end

function request()
    return requests[math.random(#requests)]
end
